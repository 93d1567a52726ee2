import type { Service } from '@essaim/api-types'
import { filledBy } from '../slots.js'
import type { Slot } from '../slots.js'

/**
 * The slots in the order in which they are worth keeping: running ones before others and low numbers before high ones,
 * but so that every node keeps its first before any keeps its second. Slots without a node yet come last.
 */
export function inOrderOfWorth(slots: readonly Slot[], service: Service): Slot[] {
  const ranked = slots.map((slot) => ({ slot, tasks: filledBy(slot, service), nth: 0 }))
  const runs = ({ tasks }: (typeof ranked)[number]): boolean => tasks.some(({ Status }) => Status.State === 'running')
  ranked.sort((a, b) => Number(runs(b)) - Number(runs(a)) || numberOf(a.slot) - numberOf(b.slot))
  const onNode = new Map<string, number>()
  for (const entry of ranked) {
    const [only, another] = entry.tasks
    const nodeId = another === undefined ? only?.NodeID : undefined
    entry.nth = nodeId === undefined ? Infinity : (onNode.get(nodeId) ?? 0) + 1
    if (nodeId !== undefined) onNode.set(nodeId, entry.nth)
  }
  // Both sorts are stable. Infinity less Infinity is no number and leaves the order as it is.
  return ranked.sort((a, b) => a.nth - b.nth || 0).map(({ slot }) => slot)
}

const numberOf = ({ place }: Slot): number => ('slot' in place ? place.slot : 0)
