import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { localDriver, type VolumeRecord } from './store.js'

const listFilters = ['dangling', 'driver', 'label', 'name']

/** Those that fit all filters, by name. Throws Docker's message for a filter that is not among `known`. */
export function selectVolumes(
  records: VolumeRecord[],
  filters: Filters,
  isUsed: (name: string) => boolean,
  known: string[] = listFilters,
): VolumeRecord[] {
  const unknown = Object.keys(filters).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid('filter.unknown', `Invalid filter '${unknown}'`)
  const dangling = booleanOf(filters.dangling)
  return records
    .filter(({ name, labels = {}, driver }) => {
      if (dangling !== undefined && dangling === isUsed(name)) return false
      if (filters.driver && !filters.driver.includes(driver ?? localDriver)) return false
      if (filters.name && !filters.name.some((pattern) => matches(pattern, name))) return false
      if (!(filters.label ?? []).every((label) => hasLabel(labels, label))) return false
      return !(filters['label!'] ?? []).some((label) => hasLabel(labels, label))
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function hasLabel(labels: Record<string, string>, wanted: string): boolean {
  const at = wanted.indexOf('=')
  if (at < 0) return Object.hasOwn(labels, wanted)
  return labels[wanted.slice(0, at)] === wanted.slice(at + 1)
}

/** A regular expression anywhere in the name. */
function matches(pattern: string, name: string): boolean {
  if (pattern === name) return true
  try {
    return new RegExp(pattern).test(name)
  } catch {
    // Docker takes what is no regular expression for a name, which was compared above.
    return false
  }
}

function booleanOf(values: string[] | undefined): boolean | undefined {
  if (!values || values.length === 0) return undefined
  if (values.every((value) => value === 'true' || value === '1')) return true
  if (values.every((value) => value === 'false' || value === '0')) return false
  throw invalid('filter.boolean', `Invalid filter 'dangling=[${values.join(' ')}]'`)
}
