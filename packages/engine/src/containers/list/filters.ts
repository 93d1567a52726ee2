import { invalid } from '@essaim/base'
import type { Filters } from '@essaim/api-types'

/** Throws Docker's refusal of the first filter that nobody knows. */
export function rejectUnknown(filters: Filters, allowed: string[]): void {
  for (const name of Object.keys(filters)) {
    if (!allowed.includes(name)) throw invalid('filter', `Invalid filter '${name}'`)
  }
}

/** `label=key`, `label=key=value`, and their opposites under `label!`: all must hold. */
export function matchLabels(labels: Record<string, string>, filters: Filters): boolean {
  const has = (wanted: string): boolean => {
    const [key = '', ...rest] = wanted.split('=')
    return Object.hasOwn(labels, key) && (rest.length === 0 || labels[key] === rest.join('='))
  }
  return (filters['label'] ?? []).every(has) && !(filters['label!'] ?? []).some(has)
}

/** One of the patterns, as a regular expression or as it stands, is found in one of the texts. */
export function matchAny(patterns: string[], texts: string[]): boolean {
  return patterns.some((pattern) => texts.some((text) => matches(pattern, text)))
}

function matches(pattern: string, text: string): boolean {
  if (text.includes(pattern)) return true
  try {
    return new RegExp(pattern).test(text)
  } catch {
    // Not a regular expression: what stands there has been looked for above.
    return false
  }
}

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A moment as clients write it: seconds since the epoch, a date, or a Go duration before `now`. Milliseconds. */
export function parseMoment(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)]
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text) {
    return now - parts.reduce((sum, [, value, unit = 's']) => sum + Number(value) * (units[unit] ?? 0), 0)
  }
  const date = Date.parse(text)
  if (Number.isNaN(date)) throw invalid('filter.until', `failed to parse value as time or duration: "${text}"`)
  return date
}
