import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { parseFilters } from './filters.js'
import { parseTime } from './times.js'

/** The query of a call, read as Docker reads it. The first of several values counts. */
export class Query {
  constructor(private readonly values: URLSearchParams) {}

  has(name: string): boolean {
    return this.values.has(name)
  }

  /** The value, empty when absent. */
  text(name: string): string {
    return this.values.get(name) ?? ''
  }

  /** The value, undefined when absent or empty. */
  optional(name: string): string | undefined {
    return this.values.get(name) || undefined
  }

  all(name: string): string[] {
    return this.values.getAll(name)
  }

  /** False for nothing, `0`, `no`, `false` and `none` in any case; true for all else. */
  flag(name: string, otherwise = false): boolean {
    const value = this.values.get(name)
    if (value === null) return otherwise
    return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase())
  }

  /** As Go's ParseBool, for the calls that refuse other words; undefined when absent or empty. Docker gives no cause for `rotate...`. */
  strictFlag(name: string): boolean | undefined {
    const value = this.optional(name)
    if (value === undefined) return undefined
    if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true
    if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false
    const cause = name.startsWith('rotate')
      ? ''
      : `: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
    throw invalid('query.flag', `invalid value for ${name}: ${value}${cause}`)
  }

  /** The version of the object that a write was made from. `noun` is for the refusal: `service`, `node`, ... */
  objectVersion(noun: string): number {
    const value = this.text('version')
    if (/^\d{1,15}$/.test(value)) return Number(value)
    if (noun === 'secret' || noun === 'config') throw invalid('query.version', `invalid ${noun} version`)
    const cause = `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`
    throw invalid('query.version', `invalid ${noun} version '${value}': ${cause}`)
  }

  /** A whole number, undefined when absent or empty. `parser` is the name in the refusal, as Go words it. */
  integer(name: string, parser = 'strconv.ParseInt'): number | undefined {
    const value = this.optional(name)
    return value === undefined ? undefined : parseInteger(value, parser)
  }

  /** A whole number that must be there. */
  requiredInteger(name: string, parser = 'strconv.ParseInt'): number {
    return parseInteger(this.text(name), parser)
  }

  /** `prefix` stands before the refusal of what is not JSON. */
  filters(prefix = ''): Filters {
    return parseFilters(this.text('filters'), prefix)
  }

  /** A point in time: see `parseTime`. */
  time(name: string): string | undefined {
    const value = this.optional(name)
    return value === undefined ? undefined : parseTime(name, value)
  }
}

function parseInteger(value: string, parser: string): number {
  if (!/^[+-]?\d+$/.test(value)) {
    throw invalid('query.integer', `${parser}: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  const number = Number(value)
  if (!Number.isSafeInteger(number)) {
    throw invalid('query.integer', `${parser}: parsing ${JSON.stringify(value)}: value out of range`)
  }
  return number
}
