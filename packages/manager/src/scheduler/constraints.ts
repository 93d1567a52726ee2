import { BlockList, isIP } from 'node:net'
import { invalid } from '@essaim/base'
import type { Node } from '@essaim/api-types'

/** One line of `Placement.Constraints`, such as `node.role==manager`. */
export interface Constraint {
  key: string
  equal: boolean
  value: string
}

const keyForm = /^[a-z_][a-z0-9\-_.]+$/i
const valueForm = /^[a-z0-9:\-_\s.*()?+[\]\\^$|/]+$/i

/** Refuses (`invalid`) what is no constraint, in swarmkit's words. */
export function parseConstraints(lines: readonly string[]): Constraint[] {
  return lines.map((line) => {
    const operator = ['==', '!='].find((sign) => line.includes(sign))
    if (operator === undefined) {
      throw invalid('service.constraint', 'constraint expected one operator from ==, !=')
    }
    const at = line.indexOf(operator)
    const key = line.slice(0, at).trim()
    const value = line.slice(at + operator.length).trim()
    if (!keyForm.test(key)) throw invalid('service.constraint', `key '${key}' is invalid`)
    if (!valueForm.test(value)) throw invalid('service.constraint', `value '${value}' is invalid`)
    return { key, equal: operator === '==', value }
  })
}

/** Keys and values are compared without regard to case; the names of labels are exact. An unknown key matches no node. */
export function matchesConstraints(constraints: readonly Constraint[], node: Node): boolean {
  return constraints.every((constraint) => matches(constraint, node))
}

/** The same from the lines of a stored spec, which were validated when it was written. */
export function nodeSatisfies(node: Node, lines: readonly string[] | undefined): boolean {
  return lines === undefined || lines.length === 0 || matchesConstraints(parseConstraints(lines), node)
}

function matches(constraint: Constraint, node: Node): boolean {
  if (constraint.key.toLowerCase() === 'node.ip') return matchesAddress(constraint, node.Status.Addr ?? '')
  const actual = attribute(constraint.key, node)
  if (actual === undefined) return false
  return (actual.toLowerCase() === constraint.value.toLowerCase()) === constraint.equal
}

/** What the node has under `key`: empty when it has nothing there, undefined when no such key exists. */
function attribute(key: string, node: Node): string | undefined {
  const lower = key.toLowerCase()
  switch (lower) {
    case 'node.id':
      return node.ID
    case 'node.hostname':
      return node.Description.Hostname ?? ''
    case 'node.role':
      return node.Spec.Role ?? ''
    case 'node.platform.os':
      return node.Description.Platform?.OS ?? ''
    case 'node.platform.arch':
      return node.Description.Platform?.Architecture ?? ''
    default:
      if (isLabel(lower, 'node.labels.')) return node.Spec.Labels?.[key.slice('node.labels.'.length)] ?? ''
      if (isLabel(lower, 'engine.labels.')) {
        return node.Description.Engine?.Labels?.[key.slice('engine.labels.'.length)] ?? ''
      }
      return undefined
  }
}

const isLabel = (key: string, prefix: string): boolean => key.startsWith(prefix) && key.length > prefix.length

/** One address or a subnet; anything else matches no node. */
function matchesAddress({ value, equal }: Constraint, address: string): boolean {
  const [base = '', bits] = value.split('/')
  const family = isIP(base)
  if (family === 0) return false
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits)
  if (!Number.isInteger(length) || length < 0 || length > (family === 4 ? 32 : 128)) return false
  const subnet = new BlockList()
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  subnet.addSubnet(base, length, kind)
  const within = isIP(address) !== 0 && subnet.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  return within === equal
}
