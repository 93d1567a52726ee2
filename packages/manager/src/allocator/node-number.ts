import { mostNodes } from '@essaim/api-types'
import type { View } from '../store/index.js'

/**
 * A number for a new node: above all that are in use, so that what a removed node had is not given to the next one while
 * others still know the old one; from below again once the highest is given. Undefined when there is none.
 */
export function freeNodeNumber(view: View): number | undefined {
  const taken = new Set([...view.all('node')].flatMap(({ Internal }) => Internal?.Number ?? []))
  const above = Math.max(0, ...taken) + 1
  if (above <= mostNodes) return above
  for (let number = 1; number <= mostNodes; number++) if (!taken.has(number)) return number
  return undefined
}
