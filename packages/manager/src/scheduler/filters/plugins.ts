import type { Node, Task } from '@essaim/api-types'
import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

interface Need {
  type: 'Volume' | 'Network' | 'Log'
  name: string
}

/** Drivers that the task names are there, on nodes that report what drivers of that type they have. */
export const plugins: Filter = {
  check(task) {
    const needs = needsOf(task)
    if (needs.length === 0) return undefined
    return ({ node }) => needs.every((need) => has(node, need))
  },
  explain: (nodes) => `missing plugin on ${onNodes(nodes)}`,
}

function needsOf(task: Task): Need[] {
  const volumes = (task.Spec.ContainerSpec?.Mounts ?? []).flatMap(({ Type, VolumeOptions }): Need[] => {
    const name = Type === 'volume' ? VolumeOptions?.DriverConfig?.Name : undefined
    return name && name !== 'local' ? [{ type: 'Volume', name }] : []
  })
  const networks = (task.NetworksAttachments ?? []).flatMap(({ Network }): Need[] => {
    const name = Network.DriverState?.Name
    return name ? [{ type: 'Network', name }] : []
  })
  const log = task.Spec.LogDriver?.Name
  return [...volumes, ...networks, ...(log && log !== 'none' ? [{ type: 'Log', name: log } as const] : [])]
}

function has(node: Node, { type, name }: Need): boolean {
  const ofType = (node.Description.Engine?.Plugins ?? []).filter((plugin) => plugin.Type === type)
  return ofType.length === 0 || ofType.some((plugin) => plugin.Name === name || plugin.Name === `${name}:latest`)
}
