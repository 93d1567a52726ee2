import type { Node } from '../source/node.js'
import { inside, mapOf, type Reader, refuse, type Spot } from './reader.js'
import { text } from './scalars.js'

/** `{NAME: value}` or a list of `NAME=value`; a name alone has null. Values that are no text become text. */
export const environment: Reader<Record<string, string | null>> = (node, spot) => {
  if (node.kind === 'list') {
    const pairs = node.items.map((item, index) => cut(text(item, inside(spot, `[${index}]`)), '='))
    return Object.fromEntries(pairs.map(([key, value]) => [key, value ?? null]))
  }
  if (node.kind !== 'map') throw refuse(node, spot, 'a mapping or a list of NAME=value')
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, valueOf(value, inside(spot, `.${key}`))]))
}

/** As `environment`, where a name alone has empty text: labels, sysctls. */
export const labels: Reader<Record<string, string>> = (node, spot) =>
  Object.fromEntries(Object.entries(environment(node, spot)).map(([key, value]) => [key, value ?? '']))

/** A mapping alone, its values made text: options of drivers. */
export const options: Reader<Record<string, string>> = (node, spot) => labels(mapOf(node, spot), spot)

/** `host:address` lines of `extra_hosts`: a list with `:` or `=`, or a mapping (then sorted). */
export const extraHosts: Reader<string[]> = (node, spot) => {
  if (node.kind === 'map') {
    return [...node.entries]
      .map(([host, { value }]) => `${host}:${bare(text(value, inside(spot, `.${host}`)))}`)
      .toSorted()
  }
  if (node.kind !== 'list') throw refuse(node, spot, 'a mapping or a list of host:address')
  return node.items.map((item, index) => {
    const here = inside(spot, `[${index}]`)
    const line = text(item, here)
    const [host, address] = cut(line, line.includes('=') ? '=' : ':')
    if (address === undefined) throw refuse(item, here, 'host:address')
    return `${host}:${bare(address)}`
  })
}

/** IPv6 addresses may stand in brackets. */
const bare = (address: string): string => /^\[(.+)\]$/.exec(address)?.[1] ?? address

function valueOf(node: Node, spot: Spot): string | null {
  if (node.kind !== 'scalar') throw refuse(node, spot, 'text, a number, true or false')
  return node.value === null ? null : node.text
}

function cut(line: string, separator: string): [string, string | undefined] {
  const at = line.indexOf(separator)
  return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + separator.length)]
}
