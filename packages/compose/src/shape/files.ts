import { problem } from '../problem.js'
import { list, located, type Located, type Reader, refuse } from '../read/reader.js'
import { labels, options } from '../read/pairs.js'
import { record } from '../read/record.js'
import { text, textOrNumber } from '../read/scalars.js'
import { external } from './external.js'

/** Where a service wants a secret or config. */
export interface FileUse {
  source: string
  target?: string
  uid?: string
  gid?: string
  mode?: number
}

/** A number is what YAML made of it (0440 is octal there); text is octal. */
const mode: Reader<number> = (node, spot) => {
  const found = node.kind === 'scalar' ? node.value : undefined
  const value = typeof found === 'string' && /^(0o?)?[0-7]+$/.test(found) ? parseInt(found.replace('o', ''), 8) : found
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0o7777) {
    throw refuse(node, spot, 'the mode of a file, such as 0440')
  }
  return value
}

const long = record({ source: text, target: text, uid: textOrNumber, gid: textOrNumber, mode })

const use: Reader<FileUse> = (node, spot) => {
  if (node.kind !== 'map') return { source: text(node, spot) }
  const { source, ...rest } = long(node, spot)
  if (source === undefined) throw problem(node.at, spot.path, 'source is missing: the name of the secret or config')
  return { source, ...rest }
}

export const fileUses: Reader<Located<FileUse>[]> = list(located(use))

/** A secret or config of the file's own sections. */
export const fileObject = record({
  name: text,
  file: text,
  environment: text,
  content: text,
  external,
  labels,
  driver: text,
  driver_opts: options,
  template_driver: text,
})
