import { type Place, problem } from '../problem.js'
import { kindOf, type MapNode, type Node } from '../source/node.js'

/** Where a reader is, and where it leaves warnings. */
export interface Spot {
  path: string
  warn(text: string): void
}

/** Reads one value of a Compose file into what the field means, or throws a problem that names place and field. */
export type Reader<T> = (node: Node, spot: Spot) => T
export type Read<R> = R extends Reader<infer T> ? T : never

/** A value that keeps its place, for what can only be refused later (a network that is defined nowhere). */
export interface Located<T> {
  value: T
  at: Place
  path: string
}

export function refuse(node: Node, spot: Spot, expected: string, hint?: string): Error {
  return problem(node.at, spot.path, `${kindOf(node)} is not ${expected}`, hint)
}

export const inside = (spot: Spot, part: string): Spot => ({ ...spot, path: spot.path + part })

export function located<T>(reader: Reader<T>): Reader<Located<T>> {
  return (node, spot) => ({ value: reader(node, spot), at: node.at, path: spot.path })
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (node, spot) => {
    if (node.kind !== 'list') throw refuse(node, spot, 'a list')
    return node.items.map((item, index) => reader(item, inside(spot, `[${index}]`)))
  }
}

/** One value stands for a list of one. */
export function oneOrMore<T>(reader: Reader<T>): Reader<T[]> {
  const many = list(reader)
  return (node, spot) => (node.kind === 'list' ? many(node, spot) : [reader(node, spot)])
}

/** A mapping with names of the user's choice. */
export function mapping<T>(reader: Reader<T>): Reader<Record<string, T>> {
  return (node, spot) => {
    const entries = mapOf(node, spot).entries
    return Object.fromEntries([...entries].map(([key, { value }]) => [key, reader(value, inside(spot, `.${key}`))]))
  }
}

/** The other reader's value, or undefined for an empty one. */
export function orEmpty<T>(reader: Reader<T>): Reader<T | undefined> {
  return (node, spot) => (node.kind === 'scalar' && node.value === null ? undefined : reader(node, spot))
}

export function mapOf(node: Node, spot: Spot): MapNode {
  if (node.kind !== 'map') throw refuse(node, spot, 'a mapping')
  return node
}

/** Takes a part of the file as it is: what a stack has no use for. */
export const anything: Reader<Node> = (node) => node
