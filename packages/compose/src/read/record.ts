import { problem } from '../problem.js'
import { inside, mapOf, type Read, type Reader } from './reader.js'

type Shape = Record<string, Reader<unknown>>
type Fields<S extends Shape> = { -readonly [K in keyof S]?: Read<S[K]> }

export interface RecordOptions {
  /** Keys that other tools know and a stack does not, each with what to write instead. */
  forbidden?: Record<string, string>
  /** Keys that are read past, whatever they hold. */
  ignored?: ReadonlySet<string>
}

/** A mapping with known fields, all of them optional. Keys that begin with `x-` are the user's own; others are refused. */
export function record<S extends Shape>(shape: S, options: RecordOptions = {}): Reader<Fields<S>> {
  const names = Object.keys(shape)
  return (node, spot) => {
    const out: Record<string, unknown> = {}
    for (const [key, { at, value }] of mapOf(node, spot).entries) {
      const path = spot.path === '' ? key : `.${key}`
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined
      if (reader) out[key] = reader(value, inside(spot, path))
      else if (!key.startsWith('x-') && !options.ignored?.has(key)) {
        const instead = options.forbidden?.[key]
        if (instead !== undefined) throw problem(at, inside(spot, path).path, `not supported in a stack. ${instead}`)
        throw problem(at, inside(spot, path).path, `unknown key; ${allowed(key, names)}`)
      }
    }
    return out as Fields<S>
  }
}

function allowed(key: string, names: string[]): string {
  const near = names.find((name) => distance(key.toLowerCase().replaceAll('-', '_'), name) <= (key.length > 5 ? 2 : 1))
  if (near !== undefined) return `did you mean ${near}?`
  return `allowed are ${names.toSorted().join(', ')}`
}

/** Levenshtein's distance, with a swap of neighbours as one step. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cell = (r: number, c: number): number => (r === i ? row[c] : rows[r]?.[c]) ?? Infinity
      const change = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, change, swap))
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? Infinity
}
