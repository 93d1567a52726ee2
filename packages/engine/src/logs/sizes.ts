import { invalid } from '@essaim/base'

const pattern = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i

function parse(text: string, base: number): number {
  const match = pattern.exec(text)
  if (!match) throw invalid('size', `invalid size: '${text}'`)
  const power = ' kmgtp'.indexOf((match[2] || ' ').toLowerCase())
  return Math.floor(Number(match[1]) * base ** power)
}

/** Docker's sizes of files, in powers of 1000: `10m`, `1.5g`, `512`. */
export const parseFileSize = (text: string): number => parse(text, 1000)

/** Docker's sizes of memory, in powers of 1024. */
export const parseMemorySize = (text: string): number => parse(text, 1024)

const truths = ['1', 't', 'T', 'TRUE', 'true', 'True']
const lies = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/** A boolean as Go's `strconv.ParseBool` reads it, refused in its words. */
export function parseBool(text: string): boolean {
  if (truths.includes(text)) return true
  if (lies.includes(text)) return false
  throw invalid('boolean', `strconv.ParseBool: parsing "${text}": invalid syntax`)
}

/** A whole number as Go's `strconv` reads it, refused in its words. */
export function parseInteger(text: string, reader: 'Atoi' | 'ParseUint' = 'Atoi'): number {
  if (!(reader === 'Atoi' ? /^[+-]?\d+$/ : /^\d+$/).test(text)) {
    throw invalid('integer', `strconv.${reader}: parsing "${text}": invalid syntax`)
  }
  return Number(text)
}

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration as Go's `time.ParseDuration` reads it, such as `1m30s`; refused in its words. */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) throw invalid('duration', `time: invalid duration "${text}"`)
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)
  return [...parts].reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (units[unit] ?? 0), 0)
}
