import { mapOf, type Reader } from '../read/reader.js'
import { record } from '../read/record.js'
import { bool, text } from '../read/scalars.js'

/** `external: true`, or the old `external: {name: ...}`. */
export interface External {
  external: boolean
  name?: string
}

const named = record({ name: text })

export const external: Reader<External> = (node, spot) => {
  if (node.kind !== 'map') return { external: bool(node, spot) }
  spot.warn(`${spot.path.replace(/\.external$/, '')}: external.name is deprecated in favor of name`)
  return { external: true, ...named(mapOf(node, spot), spot) }
}
