import { isTerminal, stateRank, type Task } from '@essaim/api-types'
import type { View } from '../store/index.js'

/** What one node has to know. */
export interface Needs {
  tasks: Task[]
  secrets: Set<string>
  configs: Set<string>
  networks: Set<string>
}

/**
 * Its tasks until they are forgotten (an ended one keeps its container and logs for so long), and the secrets, configs
 * and networks of those that live. Every node takes part in the mesh, and knows the networks that a container may be
 * attached to by hand.
 */
export function needsOf(view: View, nodeId: string): Needs {
  const own = view.find('task', 'node', nodeId)
  const tasks = own.filter((task) => task.Spec.NetworkAttachmentSpec === undefined && isAssigned(task))
  const living = tasks.filter(({ Status }) => !isTerminal(Status.State))
  const containers = living.flatMap(({ Spec }) => Spec.ContainerSpec ?? [])
  const everywhere = [...view.all('network')].filter(({ Spec }) => Spec.Ingress === true || Spec.Attachable === true)
  const attached = living.flatMap(({ NetworksAttachments }) => NetworksAttachments ?? []).map(({ Network }) => Network)
  return {
    tasks,
    secrets: new Set(containers.flatMap(({ Secrets }) => Secrets ?? []).flatMap(({ SecretID }) => SecretID ?? [])),
    configs: new Set(containers.flatMap(({ Configs }) => Configs ?? []).flatMap(({ ConfigID }) => ConfigID ?? [])),
    networks: new Set([...everywhere, ...attached].map(({ ID }) => ID)),
  }
}

const isAssigned = ({ Status }: Task): boolean => stateRank(Status.State) >= stateRank('assigned')
