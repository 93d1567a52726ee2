import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { posix } from 'node:path'
import type { ImageDocument } from './manifest.js'
import { familiarName, familiarRepository, type Reference } from './reference.js'

/** Throws Docker's message for a filter that the operation does not have. */
export function knownFilters(filters: Filters, known: string[]): void {
  const unknown = Object.keys(filters).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid('filter.unknown', `Invalid filter '${unknown}'`)
}

/** Undefined when it is not given. */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters[name]
  if (!values || values.length === 0) return undefined
  if (values.every((value) => value === 'true' || value === '1')) return true
  if (values.every((value) => value === 'false' || value === '0')) return false
  throw invalid('filter.boolean', `Invalid filter '${name}=[${values.join(' ')}]'`)
}

/** All of `label`, none of `label!`; each `key` or `key=value`. */
export function matchesLabels(filters: Filters, labels: Record<string, string>): boolean {
  const has = (wanted: string): boolean => {
    const at = wanted.indexOf('=')
    if (at < 0) return Object.hasOwn(labels, wanted)
    return labels[wanted.slice(0, at)] === wanted.slice(at + 1)
  }
  return (filters.label ?? []).every(has) && !(filters['label!'] ?? []).some(has)
}

/** A pattern of path.Match over the familiar name or the repository alone. */
export function matchesReference(pattern: string, reference: Reference): boolean {
  const candidates = [familiarName(reference), familiarRepository(reference), reference.path]
  return candidates.some((name) => globPattern(pattern).test(name))
}

/** Seconds since the epoch; Go's zero time where the image does not say. */
export function createdSeconds({ created }: ImageDocument): number {
  const time = Date.parse(created ?? '')
  return Number.isNaN(time) ? -62135596800 : Math.floor(time / 1000)
}

/** Seconds since the epoch, from seconds, a duration before now (`24h`, `1h30m`) or a date. */
export function untilSeconds(filters: Filters, now: number = Date.now()): number | undefined {
  const [value, ...more] = filters.until ?? []
  if (value === undefined) return undefined
  if (more.length > 0) throw invalid('filter.until', 'more than one until filter specified')
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value)
  const duration = durationMs(value)
  if (duration !== undefined) return (now - duration) / 1000
  const date = Date.parse(value)
  if (Number.isNaN(date)) throw invalid('filter.until', `failed to parse value as time or duration: "${value}"`)
  return date / 1000
}

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 }

/** Go's duration. */
function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)
  return [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ''] ?? 0), 0)
}

/** Go's path.Match: `*` and `?` stop at a slash. */
function globPattern(pattern: string): RegExp {
  const source = posix.normalize(pattern).replace(/[\\^$.*+?()|{}]/g, (char) => {
    return char === '*' ? '[^/]*' : char === '?' ? '[^/]' : `\\${char}`
  })
  try {
    return new RegExp(`^${source}$`)
  } catch (cause) {
    throw invalid('filter.reference', `syntax error in pattern: ${pattern}`, { cause })
  }
}
