import { problem, shown } from '../problem.js'
import type { Reader } from '../read/reader.js'
import { text } from '../read/scalars.js'

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?'
const reference = new RegExp(
  `^(?:${host}/)?${component}(?:/${component})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][\\w+.-]*:[0-9a-fA-F]{32,})?$`,
)

/** `[registry/]name[:tag][@digest]`, or an image's id (the grammar of distribution's references). */
export const image: Reader<string> = (node, spot) => {
  const name = text(node, spot)
  if (reference.test(name) || /^[0-9a-f]{64}$/.test(name)) return name
  const path = name.replace(/[:@][^/]*$/, '')
  const why =
    path !== path.toLowerCase() ? 'the repository must be in lower case' : 'write name, name:tag or name@digest'
  throw problem(node.at, spot.path, `${shown(name)} is not the name of an image: ${why}`)
}
