import type { ContainerSummary, EndpointPortConfig } from '@essaim/api-types'
import { isKind } from '@essaim/base'
import type { Client, ServiceAnswer, TaskAnswer } from '@essaim/client'
import { stackLabel } from '@essaim/compose'
import { containerPorts } from '../listings/containers.js'
import { imageOf, modeOf, portsOf, replicasOf } from '../listings/services.js'
import { natural } from '../listings/tasks.js'

/** A task of a service, or a container that belongs to none. */
export interface Unit {
  id: string
  name: string
  node: string
  /** A task's or container's state: `running`, `preparing`, `exited`. */
  state: string
  /** What the engine's health check says; empty where there is none, or on another node. */
  health: string
  /** RFC 3339; when it came into its state. */
  since: string
  error: string
  ports: string
}

export interface ServiceView {
  stack: string
  name: string
  mode: string
  replicas: string
  settled: boolean
  image: string
  ports: string
  update: string
  units: Unit[]
}

export interface Overview {
  services: ServiceView[]
  containers: (Unit & { image: string })[]
}

const taskLabel = 'com.docker.swarm.task.id'

/** What runs on this engine, and in its swarm where it is a manager. */
export async function collect(client: Client, all: boolean): Promise<Overview> {
  const containers = await client.containers.list({ all })
  const alone = containers.filter((container) => container.Labels?.[taskLabel] === undefined)
  const swarm = await swarmState(client)
  if (!swarm) return { services: [], containers: alone.map(containerUnit) }
  const byTask = new Map(containers.map((container) => [container.Labels?.[taskLabel] ?? '', container]))
  const nodes = new Map(swarm.nodes.map((node) => [node.ID, node.Description?.Hostname ?? node.ID]))
  const services = swarm.services.map((service) => {
    const tasks = shownTasks(
      swarm.tasks.filter((task) => task.ServiceID === service.ID),
      all,
    )
    return viewOf(
      service,
      tasks.map((task) => taskUnit(service, task, nodes, byTask.get(task.ID))),
    )
  })
  const sorted = services.toSorted((a, b) => natural(a.stack, b.stack) || natural(a.name, b.name))
  return { services: sorted, containers: alone.map(containerUnit) }
}

async function swarmState(
  client: Client,
): Promise<
  { services: ServiceAnswer[]; tasks: TaskAnswer[]; nodes: Awaited<ReturnType<Client['nodes']['list']>> } | undefined
> {
  try {
    const [services, tasks, nodes] = await Promise.all([
      client.services.list({ status: true }),
      client.tasks.list(),
      client.nodes.list(),
    ])
    return { services, tasks, nodes }
  } catch (error) {
    // Outside a swarm, and on a worker, there is only this host to look at.
    if (isKind(error, 'unavailable') && error.code === 'api.503') return undefined
    throw error
  }
}

/** Those that should run, and where none of a slot does, the newest that failed. */
function shownTasks(tasks: TaskAnswer[], all: boolean): TaskAnswer[] {
  const slotOf = (task: TaskAnswer): string => (task.Slot ? String(task.Slot) : (task.NodeID ?? ''))
  const newestFirst = tasks.toSorted((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1))
  const live = (task: TaskAnswer): boolean => task.DesiredState === 'running' || task.Status.State === 'running'
  const seen = new Set<string>()
  const shown = all
    ? newestFirst
    : newestFirst.filter((task) => {
        if (!live(task) && task.DesiredState !== 'ready' && task.DesiredState !== 'complete') return false
        if (seen.has(slotOf(task)) && task.Status.State !== 'running') return false
        seen.add(slotOf(task))
        return true
      })
  return shown.toSorted((a, b) => natural(slotOf(a), slotOf(b)))
}

function viewOf(service: ServiceAnswer, units: Unit[]): ServiceView {
  const { RunningTasks: running = 0, DesiredTasks: desired = 0 } = service.ServiceStatus ?? {}
  const host = (service.Endpoint?.Ports ?? []).filter((port: EndpointPortConfig) => port.PublishMode === 'host')
  const hostPorts = host.map((port) => `host:${port.PublishedPort ?? 0}->${port.TargetPort}/${port.Protocol}`)
  const state = service.UpdateStatus?.State
  return {
    stack: service.Spec.Labels?.[stackLabel] ?? '',
    name: service.Spec.Name,
    mode: modeOf(service),
    replicas: replicasOf(service),
    settled: running === desired,
    image: imageOf(service),
    ports: [portsOf(service.Endpoint?.Ports), ...hostPorts].filter((part) => part !== '').join(', '),
    update: state === undefined || state === 'completed' ? '' : state.replaceAll('_', ' '),
    units,
  }
}

function taskUnit(
  service: ServiceAnswer,
  task: TaskAnswer,
  nodes: Map<string, string>,
  container: ContainerSummary | undefined,
): Unit {
  const node = nodes.get(task.NodeID ?? '') ?? ''
  return {
    id: task.ID,
    name: `${service.Spec.Name}.${task.Slot ?? node}`,
    node,
    state: task.Status.State,
    health: healthOf(container),
    since: task.Status.Timestamp,
    error: (task.Status.Err ?? '').replaceAll('\n', ' '),
    ports: (task.Status.PortStatus?.Ports ?? [])
      .map((port) => `*:${port.PublishedPort}->${port.TargetPort}/${port.Protocol}`)
      .join(', '),
  }
}

function containerUnit(container: ContainerSummary): Unit & { image: string } {
  return {
    id: container.Id ?? '',
    name: (container.Names?.[0] ?? '').replace(/^\//, ''),
    node: '',
    state: container.State ?? '',
    health: healthOf(container),
    since: new Date((container.Created ?? 0) * 1000).toISOString(),
    error: container.State === 'exited' || container.State === 'dead' ? (container.Status ?? '') : '',
    ports: containerPorts(container.Ports ?? []),
    image: container.Image ?? '',
  }
}

/** The list of containers says it in words: `Up 3 minutes (healthy)`. */
function healthOf(container: ContainerSummary | undefined): string {
  return /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container?.Status ?? '')?.[1] ?? ''
}
