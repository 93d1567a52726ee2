import type { Node } from '@essaim/api-types'
import { short } from '../format/human.js'
import type { Listing } from '../format/rows.js'
import { labelOf } from './labels.js'
import { title } from './tasks.js'

/** `self` is the id of the node that is asked, which is marked. */
export function nodeListing(self: string): Listing<Node> {
  const hostname = (node: Node): string => node.Description?.Hostname ?? ''
  return {
    fields: {
      ID: ['ID', (node) => node.ID],
      Self: ['SELF', (node) => String(node.ID === self)],
      Hostname: ['HOSTNAME', hostname],
      Status: ['STATUS', (node) => title(node.Status.State ?? '')],
      Availability: ['AVAILABILITY', (node) => title(node.Spec.Availability ?? '')],
      ManagerStatus: ['MANAGER STATUS', managerStatus],
      EngineVersion: ['ENGINE VERSION', (node) => node.Description?.Engine?.EngineVersion ?? ''],
      Marked: ['ID', (node) => (node.ID === self ? `${node.ID} *` : short(node.ID, true))],
    },
    columns: ['Marked', 'Hostname', 'Status', 'Availability', 'ManagerStatus', 'EngineVersion'],
    id: (node) => node.ID,
    methods: { Label: (node) => labelOf(node.Spec.Labels) },
  }
}

function managerStatus({ ManagerStatus: status }: Node): string {
  if (!status) return ''
  return status.Leader ? 'Leader' : title(status.Reachability ?? '')
}
