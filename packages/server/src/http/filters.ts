import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'

/**
 * `filters` of a query: a JSON map of lists, `{"label":["a=b"]}`, or, as newer clients send it, of maps,
 * `{"label":{"a=b":true}}`. Empty text is no filter.
 */
export function parseFilters(text: string): Filters {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid('filters.syntax', `invalid filter: ${JSON.stringify(text)} is not a JSON map of lists`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(text)
  return Object.fromEntries(Object.entries(value).map(([name, given]) => [name, valuesOf(text, given)]))
}

function valuesOf(text: string, given: unknown): string[] {
  if (Array.isArray(given)) {
    return given.map((item) => {
      if (typeof item !== 'string') throw refuse(text)
      return item
    })
  }
  if (typeof given !== 'object' || given === null) throw refuse(text)
  return Object.keys(given)
}

function refuse(text: string): Error {
  return invalid('filters.syntax', `invalid filter: ${JSON.stringify(text)} is not a JSON map of lists`)
}
