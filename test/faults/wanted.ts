import type { ServiceSpec } from '@essaim/api-types'
import type { Client } from '@essaim/client'

/** A service as the script asked for it. `version` is in its environment, so that tasks of an older one are told apart. */
export interface WantedService {
  replicas: number
  version: number
}

/** What was asked for and acknowledged, by name. */
export type Wanted = Map<string, WantedService>

export function specOf(name: string, { replicas, version }: WantedService): ServiceSpec {
  return {
    Name: name,
    TaskTemplate: {
      ContainerSpec: {
        Image: 'busybox:latest',
        Args: ['sleep', '100000'],
        Env: [`VERSION=${version}`],
        StopGracePeriod: 100_000_000,
      },
      RestartPolicy: { Condition: 'any', Delay: 100_000_000 },
      Networks: [{ Target: 'faults' }],
    },
    Mode: { Replicated: { Replicas: replicas } },
    UpdateConfig: { Parallelism: 2, Delay: 0, Order: 'stop-first', Monitor: 100_000_000 },
    EndpointSpec: { Mode: 'vip', Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: portOf(name) }] },
  }
}

/** Each name has a published port of its own, so that the mesh takes part. */
export function portOf(name: string): number {
  return 20_000 + Number(/\d+$/.exec(name)?.[0] ?? 0)
}

/** What the cluster has now, in the same form. */
export async function wantedIn(client: Client): Promise<Wanted> {
  const services = await client.services.list()
  return new Map(
    services.map(({ Spec: spec }) => [
      spec.Name,
      {
        replicas: spec.Mode?.Replicated?.Replicas ?? 0,
        version: Number(/=(\d+)$/.exec(spec.TaskTemplate.ContainerSpec?.Env?.[0] ?? '')?.[1] ?? -1),
      },
    ]),
  )
}
