import type { Client, ServiceAnswer, TaskAnswer } from '@essaim/client'
import { ago, clip, short } from '../format/human.js'
import type { Listing } from '../format/rows.js'

/** A task with the names that its ids stand for. */
export interface NamedTask {
  task: TaskAnswer
  name: string
  node: string
  /** It is not the newest of its slot. */
  old: boolean
}

export interface NameChoice {
  /** Names in place of ids; `false` for --no-resolve. */
  resolve: boolean
}

/** Tasks by name, the newest of each slot first, as `docker service ps` orders them. */
export async function nameTasks(client: Client, tasks: TaskAnswer[], { resolve }: NameChoice): Promise<NamedTask[]> {
  const [services, nodes] = resolve ? await Promise.all([client.services.list(), client.nodes.list()]) : [[], []]
  const serviceNames = new Map(services.map((service: ServiceAnswer) => [service.ID, service.Spec.Name]))
  const nodeNames = new Map(nodes.map((node) => [node.ID, node.Description?.Hostname ?? node.ID]))
  const named = tasks.map((task) => {
    const service = serviceNames.get(task.ServiceID ?? '') ?? task.ServiceID ?? ''
    const slot = task.Slot ? String(task.Slot) : (task.NodeID ?? '')
    return { task, name: `${service}.${slot}`, node: nodeNames.get(task.NodeID ?? '') ?? task.NodeID ?? '', old: false }
  })
  const sorted = named.toSorted((a, b) => natural(a.name, b.name) || newer(a.task, b.task))
  return sorted.map((item, index) => ({ ...item, old: sorted[index - 1]?.name === item.name }))
}

export function taskListing(noTrunc: boolean): Listing<NamedTask> {
  return {
    fields: {
      ID: ['ID', ({ task }) => short(task.ID, noTrunc)],
      Name: ['NAME', ({ name }) => name],
      Image: ['IMAGE', ({ task }) => (task.Spec.ContainerSpec?.Image ?? '').replace(/@sha256:[0-9a-f]+$/, '')],
      Node: ['NODE', ({ node }) => node],
      DesiredState: ['DESIRED STATE', ({ task }) => title(task.DesiredState)],
      CurrentState: [
        'CURRENT STATE',
        ({ task }) => `${title(task.Status.State)} ${ago(task.Status.Timestamp).toLowerCase()}`,
      ],
      Error: ['ERROR', ({ task }) => quoted(task.Status.Err, noTrunc)],
      Ports: ['PORTS', hostPorts],
    },
    columns: ['ID', 'Name', 'Image', 'Node', 'DesiredState', 'CurrentState', 'Error', 'Ports'],
    id: ({ task }) => task.ID,
  }
}

/** The same with the earlier tasks of a slot set below the newest. */
export function taskTable(noTrunc: boolean): Listing<NamedTask> {
  const listing = taskListing(noTrunc)
  return { ...listing, fields: { ...listing.fields, Name: ['NAME', ({ name, old }) => (old ? ` \\_ ${name}` : name)] } }
}

export function title(state: string): string {
  return state.charAt(0).toUpperCase() + state.slice(1)
}

/** `web.2` before `web.10`. */
export function natural(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

const newer = (a: TaskAnswer, b: TaskAnswer): number => (a.CreatedAt < b.CreatedAt ? 1 : -1)

function quoted(error: string | undefined, noTrunc: boolean): string {
  if (!error) return ''
  return `"${noTrunc ? error : clip(error, 30)}"`
}

function hostPorts({ task }: NamedTask): string {
  const ports = task.Status.PortStatus?.Ports ?? []
  return ports
    .map((port) => `*:${port.PublishedPort ?? 0}->${port.TargetPort ?? 0}/${port.Protocol ?? 'tcp'}`)
    .join(',')
}
