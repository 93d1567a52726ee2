import type { EndpointPortConfig } from '@essaim/api-types'
import type { ServiceAnswer } from '@essaim/client'
import { short } from '../format/human.js'
import type { Listing } from '../format/rows.js'
import { labelOf } from './labels.js'

export const serviceListing: Listing<ServiceAnswer> = {
  fields: {
    ID: ['ID', (service) => short(service.ID)],
    Name: ['NAME', (service) => service.Spec.Name],
    Mode: ['MODE', modeOf],
    Replicas: ['REPLICAS', replicasOf],
    Image: ['IMAGE', (service) => imageOf(service)],
    Ports: ['PORTS', (service) => portsOf(service.Endpoint?.Ports)],
  },
  columns: ['ID', 'Name', 'Mode', 'Replicas', 'Image', 'Ports'],
  id: (service) => service.ID,
  methods: { Label: (service) => labelOf(service.Spec.Labels) },
}

export function modeOf({ Spec }: ServiceAnswer): string {
  if (Spec.Mode?.Global) return 'global'
  if (Spec.Mode?.GlobalJob) return 'global job'
  return Spec.Mode?.ReplicatedJob ? 'replicated job' : 'replicated'
}

export function replicasOf(service: ServiceAnswer): string {
  const { RunningTasks: running = 0, DesiredTasks: desired = 0, CompletedTasks: done = 0 } = service.ServiceStatus ?? {}
  const job = service.Spec.Mode?.ReplicatedJob
  if (job) return `${running}/${job.MaxConcurrent ?? 1} (${done}/${job.TotalCompletions ?? 1} completed)`
  if (service.Spec.Mode?.GlobalJob) return `${running}/${desired} (${done}/${desired} completed)`
  const most = service.Spec.TaskTemplate.Placement?.MaxReplicas
  return `${running}/${desired}${most ? ` (max ${most} per node)` : ''}`
}

/** The image without the digest that the engine found for it. */
export function imageOf({ Spec }: ServiceAnswer): string {
  const image = Spec.TaskTemplate.ContainerSpec?.Image ?? ''
  return image.replace(/@sha256:[0-9a-f]+$/, '')
}

/** `*:8080->80/tcp`: what the mesh publishes; neighbouring ports as a range. */
export function portsOf(ports: EndpointPortConfig[] | null | undefined): string {
  const mesh = (ports ?? []).filter((port) => port.PublishMode !== 'host')
  const sorted = mesh.toSorted((a, b) => (a.PublishedPort ?? 0) - (b.PublishedPort ?? 0))
  const runs: { from: EndpointPortConfig; length: number }[] = []
  for (const port of sorted) {
    const run = runs.at(-1)
    const follows =
      run &&
      port.Protocol === run.from.Protocol &&
      port.PublishedPort === (run.from.PublishedPort ?? 0) + run.length &&
      port.TargetPort === (run.from.TargetPort ?? 0) + run.length
    if (follows) run.length++
    else runs.push({ from: port, length: 1 })
  }
  return runs
    .map(({ from, length }) => {
      const range = (start = 0): string => (length === 1 ? `${start}` : `${start}-${start + length - 1}`)
      return `*:${range(from.PublishedPort)}->${range(from.TargetPort)}/${from.Protocol ?? 'tcp'}`
    })
    .join(', ')
}
