import { internal, invalid } from '@essaim/base'
import type { Filters } from '@essaim/api-types'

/** Refuses a filter that the noun does not have. */
export function checkFilters(filters: Filters, allowed: readonly string[]): void {
  for (const name of Object.keys(filters)) {
    if (!allowed.includes(name)) throw invalid('filter.unknown', `Invalid filter '${name}'`)
  }
}

/** The values of a filter that only has these; another one is refused as Docker does (status 500). */
export function checkedValues(filters: Filters, name: string, allowed: readonly string[]): string[] | undefined {
  const values = valuesOf(filters, name)
  for (const value of values ?? []) {
    if (!allowed.includes(value)) throw internal('filter.value', `Invalid ${name} filter: '${value}'`)
  }
  return values
}

export function valuesOf(filters: Filters, name: string): string[] | undefined {
  const values = filters[name]
  return values === undefined || values.length === 0 ? undefined : values
}

/** Whether one of the filter's values begins one of `texts`; a filter that was not given lets all pass. */
export function startsWithOne(filters: Filters, name: string, ...texts: (string | undefined)[]): boolean {
  const values = valuesOf(filters, name)
  return values === undefined || values.some((value) => texts.some((text) => text?.startsWith(value)))
}

export function isOneOf(filters: Filters, name: string, text: string | undefined): boolean {
  const values = valuesOf(filters, name)
  return values === undefined || values.includes(text ?? '')
}

/** Whether `labels` has every `key` and `key=value` of the filter. */
export function hasLabels(filters: Filters, name: string, labels: Record<string, string> | undefined): boolean {
  return (valuesOf(filters, name) ?? []).every((wanted) => {
    const at = wanted.indexOf('=')
    const [key, value] = at < 0 ? [wanted, ''] : [wanted.slice(0, at), wanted.slice(at + 1)]
    const actual = labels?.[key]
    return actual !== undefined && (value === '' || actual === value)
  })
}

/** The order in which Docker answers lists. */
export function byId<T extends { ID: string }>(objects: Iterable<T>): T[] {
  return [...objects].toSorted((a, b) => (a.ID < b.ID ? -1 : 1))
}
