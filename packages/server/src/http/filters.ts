import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { syntaxError } from './json-syntax.js'

/**
 * `filters` of a query: a JSON map of lists, `{"label":["a=b"]}`, or, as newer clients send it, of maps,
 * `{"label":{"a=b":true}}`. Empty text is no filter.
 */
export function parseFilters(text: string, prefix = ''): Filters {
  if (text === '') return {}
  const value = parse(text, prefix)
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw mismatch(prefix, value, 'map[string]map[string]bool')
  return Object.fromEntries(Object.entries(value).map(([name, given]) => [name, valuesOf(prefix, given)]))
}

function parse(text: string, prefix: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    // Go says so of a text that it has whole, and `unexpected EOF` of one that it reads.
    const why = syntaxError(text).replace('unexpected EOF', 'unexpected end of JSON input')
    throw invalid('filters.syntax', prefix + why, { cause })
  }
}

function valuesOf(prefix: string, given: unknown): string[] {
  if (given === null) return []
  if (Array.isArray(given)) {
    return given.map((item) => {
      if (typeof item !== 'string') throw mismatch(prefix, given, 'map[string]bool')
      return item
    })
  }
  if (typeof given !== 'object') throw mismatch(prefix, given, 'map[string]bool')
  return Object.keys(given)
}

function mismatch(prefix: string, value: unknown, type: string): Error {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return invalid('filters.type', `${prefix}json: cannot unmarshal ${found} into Go value of type ${type}`)
}
