import * as Type from './type.js'
import { OneOf } from './one-of.js'
import { Limit, Platform, ResourceObject } from './common.js'
import { HealthConfig } from './containers.js'
import { Mount } from './mounts.js'
import { NetworkAttachmentConfig } from './networks.js'
import { PluginPrivilege } from './plugins.js'
import type { EndpointPortConfig } from './services.js'

/** User modifiable task configuration. */
export const TaskSpec = Type.Object(
  {
    PluginSpec: Type.Optional(
      Type.Object({
        Name: Type.Optional(Type.String()),
        Remote: Type.Optional(Type.String()),
        Disabled: Type.Optional(Type.Boolean()),
        PluginPrivilege: Type.Optional(Type.Array(PluginPrivilege)),
      }),
    ),
    ContainerSpec: Type.Optional(
      Type.Object(
        {
          Image: Type.Optional(Type.String()),
          Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
          Command: Type.Optional(Type.Array(Type.String())),
          Args: Type.Optional(Type.Array(Type.String())),
          Hostname: Type.Optional(Type.String()),
          Env: Type.Optional(Type.Array(Type.String())),
          Dir: Type.Optional(Type.String()),
          User: Type.Optional(Type.String()),
          Groups: Type.Optional(Type.Array(Type.String())),
          Privileges: Type.Optional(
            Type.Object({
              CredentialSpec: Type.Optional(
                Type.Object({
                  Config: Type.Optional(Type.String()),
                  File: Type.Optional(Type.String()),
                  Registry: Type.Optional(Type.String()),
                }),
              ),
              SELinuxContext: Type.Optional(
                Type.Object({
                  Disable: Type.Optional(Type.Boolean()),
                  User: Type.Optional(Type.String()),
                  Role: Type.Optional(Type.String()),
                  Type: Type.Optional(Type.String()),
                  Level: Type.Optional(Type.String()),
                }),
              ),
              Seccomp: Type.Optional(
                Type.Object({
                  Mode: Type.Optional(OneOf('default', 'unconfined', 'custom')),
                  Profile: Type.Optional(Type.String()),
                }),
              ),
              AppArmor: Type.Optional(
                Type.Object({
                  Mode: Type.Optional(OneOf('default', 'disabled')),
                }),
              ),
              NoNewPrivileges: Type.Optional(Type.Boolean()),
            }),
          ),
          TTY: Type.Optional(Type.Boolean()),
          OpenStdin: Type.Optional(Type.Boolean()),
          ReadOnly: Type.Optional(Type.Boolean()),
          Mounts: Type.Optional(Type.Array(Mount)),
          StopSignal: Type.Optional(Type.String()),
          StopGracePeriod: Type.Optional(Type.Integer()),
          HealthCheck: Type.Optional(HealthConfig),
          Hosts: Type.Optional(Type.Array(Type.String())),
          DNSConfig: Type.Optional(
            Type.Object({
              Nameservers: Type.Optional(Type.Array(Type.String())),
              Search: Type.Optional(Type.Array(Type.String())),
              Options: Type.Optional(Type.Array(Type.String())),
            }),
          ),
          Secrets: Type.Optional(
            Type.Array(
              Type.Object({
                File: Type.Optional(
                  Type.Object({
                    Name: Type.Optional(Type.String()),
                    UID: Type.Optional(Type.String()),
                    GID: Type.Optional(Type.String()),
                    Mode: Type.Optional(Type.Integer()),
                  }),
                ),
                SecretID: Type.Optional(Type.String()),
                SecretName: Type.Optional(Type.String()),
              }),
            ),
          ),
          OomScoreAdj: Type.Optional(Type.Integer()),
          Configs: Type.Optional(
            Type.Array(
              Type.Object({
                File: Type.Optional(
                  Type.Object({
                    Name: Type.Optional(Type.String()),
                    UID: Type.Optional(Type.String()),
                    GID: Type.Optional(Type.String()),
                    Mode: Type.Optional(Type.Integer()),
                  }),
                ),
                Runtime: Type.Optional(Type.Object({})),
                ConfigID: Type.Optional(Type.String()),
                ConfigName: Type.Optional(Type.String()),
              }),
            ),
          ),
          Isolation: Type.Optional(OneOf('default', 'process', 'hyperv', '')),
          Init: Type.Optional(Type.Boolean()),
          Sysctls: Type.Optional(Type.Record(Type.String(), Type.String())),
          CapabilityAdd: Type.Optional(Type.Array(Type.String())),
          CapabilityDrop: Type.Optional(Type.Array(Type.String())),
          Ulimits: Type.Optional(
            Type.Array(
              Type.Object({
                Name: Type.Optional(Type.String()),
                Soft: Type.Optional(Type.Integer()),
                Hard: Type.Optional(Type.Integer()),
              }),
            ),
          ),
        },
        { title: 'swarm.ContainerSpec' },
      ),
    ),
    NetworkAttachmentSpec: Type.Optional(
      Type.Object({
        ContainerID: Type.Optional(Type.String()),
      }),
    ),
    Resources: Type.Optional(
      Type.Object(
        {
          Limits: Type.Optional(Limit),
          Reservations: Type.Optional(ResourceObject),
        },
        { title: 'swarm.ResourceRequirements' },
      ),
    ),
    RestartPolicy: Type.Optional(
      Type.Object(
        {
          Condition: Type.Optional(OneOf('none', 'on-failure', 'any')),
          Delay: Type.Optional(Type.Integer()),
          MaxAttempts: Type.Optional(Type.Integer({ minimum: 0 })),
          Window: Type.Optional(Type.Integer()),
        },
        { title: 'swarm.RestartPolicy' },
      ),
    ),
    Placement: Type.Optional(
      Type.Object(
        {
          Constraints: Type.Optional(Type.Array(Type.String())),
          Preferences: Type.Optional(
            Type.Array(
              Type.Object({
                Spread: Type.Optional(
                  Type.Object({
                    SpreadDescriptor: Type.Optional(Type.String()),
                  }),
                ),
              }),
            ),
          ),
          MaxReplicas: Type.Optional(Type.Integer({ minimum: 0 })),
          Platforms: Type.Optional(Type.Array(Platform)),
        },
        { title: 'swarm.Placement' },
      ),
    ),
    ForceUpdate: Type.Optional(Type.Integer({ minimum: 0 })),
    Runtime: Type.Optional(Type.String()),
    Networks: Type.Optional(Type.Array(NetworkAttachmentConfig)),
    LogDriver: Type.Optional(
      Type.Object({
        Name: Type.Optional(Type.String()),
        Options: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
    ),
  },
  { title: 'swarm.TaskSpec' },
)
export type TaskSpec = Type.Static<typeof TaskSpec>

export type TaskState =
  | 'new'
  | 'allocated'
  | 'pending'
  | 'assigned'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'shutdown'
  | 'failed'
  | 'rejected'
  | 'remove'
  | 'orphaned'

/** represents the status of a container. */
export interface ContainerStatus {
  ContainerID?: string
  PID?: number
  ExitCode?: number
}

/** represents the port status of a task's host ports whose service has published host ports */
export interface PortStatus {
  Ports?: EndpointPortConfig[]
}

/** represents the status of a task. */
export interface TaskStatus {
  Timestamp?: string
  State?: TaskState
  Message?: string
  Err?: string
  ContainerStatus?: ContainerStatus
  PortStatus?: PortStatus
}
