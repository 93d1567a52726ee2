import type { EndpointPortConfig, PortBinding, PortMap, Task } from '@essaim/api-types'

/** Ports that the task's own container publishes on its host. The mesh's ports are no affair of a container. */
export function hostPorts(task: Task): { bindings: PortMap; exposed: Record<string, object> } {
  const bindings: PortMap = {}
  const exposed: Record<string, object> = {}
  for (const port of task.Internal.Ports) {
    if (port.PublishMode !== 'host') continue
    const key = `${port.TargetPort}/${port.Protocol ?? 'tcp'}`
    exposed[key] = {}
    const published = port.PublishedPort ?? 0
    ;(bindings[key] ??= []).push({ HostIp: '', HostPort: published === 0 ? '' : String(published) })
  }
  return { bindings, exposed }
}

/** As inspect tells of them: null for a port that is only exposed. */
type ActualPorts = Record<string, PortBinding[] | null>

/** What was published in fact, for the task's status; undefined when nothing is. */
export function publishedPorts(task: Task, actual: ActualPorts | undefined): EndpointPortConfig[] | undefined {
  const { exposed } = hostPorts(task)
  const ports = Object.keys(exposed).flatMap((key) => {
    const [target, protocol] = key.split('/')
    const published = [...new Set((actual?.[key] ?? []).map((binding) => Number(binding.HostPort)))]
    return published.map((port): EndpointPortConfig => {
      return {
        Protocol: protocol as NonNullable<EndpointPortConfig['Protocol']>,
        TargetPort: Number(target),
        PublishedPort: port,
        PublishMode: 'host',
      }
    })
  })
  return ports.length > 0 ? ports : undefined
}
