import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Pair, Scalar, YAMLMap } from 'yaml'
import { type Place, problem, shown } from '../problem.js'
import { interpolate, TemplateError, type Variables } from './interpolate.js'
import type { Entry, MapNode, Node, ScalarNode } from './node.js'
import { resolvePlain } from './scalar.js'

/** An alias may stand for much: a file that grows beyond this is an attack or a mistake. */
const maxNodes = 100_000
const maxDepth = 100

/** Reads one file: places, anchors and merge keys resolved, variables put into its values (not into its keys). */
export function parseSource(file: string, text: string, variables: Variables): MapNode {
  const lines = new LineCounter()
  // The schema without types: what a plain scalar means is decided in `scalar.ts`, as Go does it.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', prettyErrors: false, merge: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const [error] = [...document.errors, ...document.warnings]
  if (error) throw problem(placeAt(error.pos[0]), '', `not valid YAML: ${error.message.split('\n')[0]}`)
  const root = new Walk(document, placeAt, variables).node(document.contents, '', placeAt(0))
  if (root.kind !== 'map') throw problem(root.at, '', 'a Compose file must be a mapping, such as `services: ...`')
  return root
}

class Walk {
  #count = 0
  #depth = 0

  constructor(
    private readonly document: Document,
    private readonly placeAt: (offset: number) => Place,
    private readonly variables: Variables,
  ) {}

  /** `outer` is the place of what holds an empty value, which has none of its own. */
  node(source: unknown, path: string, outer: Place): Node {
    const at = placed(source) ? this.placeAt(source.range[0]) : outer
    if (++this.#count > maxNodes) throw problem(at, path, `more than ${maxNodes} values, aliases resolved`)
    if (this.#depth === maxDepth)
      throw problem(at, '', `nested more than ${maxDepth} deep, or an alias within its anchor`)
    this.#depth++
    const node = this.#node(source, path, at)
    this.#depth--
    return node
  }

  #node(source: unknown, path: string, at: Place): Node {
    if (isAlias(source)) return this.node(this.#target(source, path, at), path, at)
    if (isScalar(source)) return this.#scalar(source, path, at)
    if (isMap(source)) return { kind: 'map', entries: this.#entries(source, path, at), at }
    if (isSeq(source)) {
      return { kind: 'list', items: source.items.map((item, index) => this.node(item, `${path}[${index}]`, at)), at }
    }
    return { kind: 'scalar', value: null, text: '', interpolated: false, at }
  }

  #target(alias: Alias, path: string, at: Place): unknown {
    const target = alias.resolve(this.document)
    if (target === undefined) throw problem(at, path, `no anchor &${alias.source} stands before this *${alias.source}`)
    return target
  }

  #scalar(source: Scalar, path: string, at: Place): ScalarNode {
    const text = typeof source.value === 'string' ? source.value : ''
    const quoted = source.type !== 'PLAIN' || source.tag === 'tag:yaml.org,2002:str'
    const resolved = quoted ? { value: text, text } : resolvePlain(text)
    if (typeof resolved.value !== 'string') return { kind: 'scalar', ...resolved, interpolated: false, at }
    try {
      const value = interpolate(text, this.variables)
      return { kind: 'scalar', value, text: value, interpolated: value !== text, at }
    } catch (error) {
      if (error instanceof TemplateError) throw problem(at, path, `${shown(text)}: ${error.message}`)
      throw error
    }
  }

  #entries(map: YAMLMap, path: string, at: Place): Map<string, Entry> {
    const own = new Map<string, Entry>()
    const merged: Map<string, Entry>[] = []
    for (const pair of map.items) {
      const { key, place } = this.#key(pair, path, at)
      const inner = path === '' ? key : `${path}.${key}`
      const value = this.node(pair.value, inner, place)
      if (key === '<<') merged.push(...mergeSources(value, path))
      else own.set(key, { at: place, value })
    }
    // Own keys win over merged ones, and of those the earlier over the later.
    for (const source of merged) for (const [key, entry] of source) if (!own.has(key)) own.set(key, entry)
    return own
  }

  #key(pair: unknown, path: string, outer: Place): { key: string; place: Place } {
    const key = isPair(pair) ? (pair as Pair).key : undefined
    const place = placed(key) ? this.placeAt(key.range[0]) : outer
    if (!isScalar(key) || typeof key.value !== 'string') throw problem(place, path, 'a key must be text')
    return { key: key.value, place }
  }
}

function mergeSources(node: Node, path: string): Map<string, Entry>[] {
  if (node.kind === 'list') return node.items.flatMap((item) => mergeSources(item, path))
  if (node.kind === 'map') return [node.entries]
  throw problem(node.at, path, '<< takes a mapping or a list of mappings')
}

function placed(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && Array.isArray((node as { range?: unknown }).range)
}
