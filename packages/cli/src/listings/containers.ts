import type { ContainerSummary, Port } from '@essaim/api-types'
import { ago, clip, short } from '../format/human.js'
import type { Listing } from '../format/rows.js'
import { labelOf, labelText } from './labels.js'

export function containerListing(noTrunc: boolean): Listing<ContainerSummary> {
  return {
    fields: {
      ID: ['CONTAINER ID', (container) => short(container.Id ?? '', noTrunc)],
      Image: ['IMAGE', (container) => container.Image ?? ''],
      Command: ['COMMAND', ({ Command: command = '' }) => `"${noTrunc ? command : clip(command, 20)}"`],
      CreatedAt: ['CREATED AT', ({ Created: created = 0 }) => new Date(created * 1000).toISOString()],
      RunningFor: ['CREATED', (container) => ago(container.Created)],
      State: ['STATE', (container) => container.State ?? ''],
      Status: ['STATUS', (container) => container.Status ?? ''],
      Ports: ['PORTS', (container) => containerPorts(container.Ports ?? [])],
      Names: ['NAMES', ({ Names: names = [] }) => names.map((name) => name.replace(/^\//, '')).join(',')],
      Labels: ['LABELS', (container) => labelText(container.Labels)],
      Mounts: [
        'MOUNTS',
        ({ Mounts: mounts = [] }) => mounts.map((mount) => mount.Name ?? mount.Source ?? '').join(','),
      ],
      Networks: ['NETWORKS', (container) => Object.keys(container.NetworkSettings?.Networks ?? {}).join(',')],
    },
    columns: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'],
    id: (container) => short(container.Id ?? '', noTrunc),
    methods: { Label: (container) => labelOf(container.Labels) },
  }
}

/** `0.0.0.0:8080->80/tcp, 443/tcp`. */
export function containerPorts(ports: Port[]): string {
  const sorted = ports.toSorted((a, b) => a.PrivatePort - b.PrivatePort || (a.IP ?? '').localeCompare(b.IP ?? ''))
  return sorted
    .map(({ IP, PublicPort, PrivatePort, Type }) => {
      const address = IP?.includes(':') ? `[${IP}]` : IP
      return PublicPort ? `${address}:${PublicPort}->${PrivatePort}/${Type}` : `${PrivatePort}/${Type}`
    })
    .join(', ')
}
