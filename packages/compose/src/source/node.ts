import type { Place } from '../problem.js'

/** A Compose file as it was written, each value with its place; anchors, aliases and merge keys are resolved. */
export type Node = ScalarNode | ListNode | MapNode

export interface ScalarNode {
  kind: 'scalar'
  value: string | number | boolean | null
  /** The value as text, as Go prints it: `1.10` written without quotes is `1.1`. */
  text: string
  /** A variable was put in, so that `"${N}"` may stand for a number. */
  interpolated: boolean
  at: Place
}

export interface ListNode {
  kind: 'list'
  items: Node[]
  at: Place
}

export interface MapNode {
  kind: 'map'
  entries: Map<string, Entry>
  at: Place
}

export interface Entry {
  /** Where the key stands. */
  at: Place
  value: Node
}

/** The node's plain value, for messages, for comparison and for what is printed as it came. */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(plain)
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]))
  }
}

/** What a user calls the kind of value. */
export function kindOf(node: Node): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  return node.value === null ? 'empty' : JSON.stringify(node.value)
}
