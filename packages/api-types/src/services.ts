import * as Type from './type.js'
import { OneOf } from './one-of.js'
import { NetworkAttachmentConfig } from './networks.js'
import { TaskSpec } from './tasks.js'

export const EndpointPortConfig = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Protocol: Type.Optional(OneOf('tcp', 'udp', 'sctp')),
    TargetPort: Type.Optional(Type.Integer()),
    PublishedPort: Type.Optional(Type.Integer()),
    PublishMode: Type.Optional(OneOf('ingress', 'host')),
  },
  { title: 'swarm.PortConfig' },
)
export type EndpointPortConfig = Type.Static<typeof EndpointPortConfig>

/** Properties that can be configured to access and load balance a service. */
export const EndpointSpec = Type.Object(
  {
    Mode: Type.Optional(OneOf('vip', 'dnsrr')),
    Ports: Type.Optional(Type.Array(EndpointPortConfig)),
  },
  { title: 'swarm.EndpointSpec' },
)
export type EndpointSpec = Type.Static<typeof EndpointSpec>

/** How the tasks of a service are replaced, forward or back. Delay and Monitor in nanoseconds. */
export const UpdateConfig = Type.Object({
  Parallelism: Type.Optional(Type.Integer()),
  Delay: Type.Optional(Type.Integer()),
  /** A rollback cannot itself be rolled back: there only `continue` and `pause` are valid. */
  FailureAction: Type.Optional(OneOf('continue', 'pause', 'rollback')),
  Monitor: Type.Optional(Type.Integer()),
  MaxFailureRatio: Type.Optional(Type.Number()),
  Order: Type.Optional(OneOf('stop-first', 'start-first')),
})
export type UpdateConfig = Type.Static<typeof UpdateConfig>

/** User modifiable configuration for a service. */
export const ServiceSpec = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    TaskTemplate: Type.Optional(TaskSpec),
    Mode: Type.Optional(
      Type.Object(
        {
          Replicated: Type.Optional(
            Type.Object(
              {
                Replicas: Type.Optional(Type.Integer({ minimum: 0 })),
              },
              { title: 'swarm.ReplicatedService' },
            ),
          ),
          Global: Type.Optional(Type.Object({}, { title: 'swarm.GlobalService' })),
          ReplicatedJob: Type.Optional(
            Type.Object({
              MaxConcurrent: Type.Optional(Type.Integer({ minimum: 0 })),
              TotalCompletions: Type.Optional(Type.Integer({ minimum: 0 })),
            }),
          ),
          GlobalJob: Type.Optional(Type.Object({})),
        },
        { title: 'swarm.ServiceMode' },
      ),
    ),
    UpdateConfig: Type.Optional(UpdateConfig),
    RollbackConfig: Type.Optional(UpdateConfig),
    Networks: Type.Optional(Type.Array(NetworkAttachmentConfig)),
    EndpointSpec: Type.Optional(EndpointSpec),
  },
  { title: 'swarm.ServiceSpec' },
)
export type ServiceSpec = Type.Static<typeof ServiceSpec>

/** contains the information returned to a client on the creation of a new service. */
export interface ServiceCreateResponse {
  ID?: string
  Warnings?: string[] | null
}

export interface ServiceUpdateResponse {
  Warnings?: string[] | null
}
