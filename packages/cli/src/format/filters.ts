import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'

/** `--filter name=web --filter label=a=b` as the API takes them; a name again adds a value. */
export function parseFilters(given: string[], more: Filters = {}): Filters {
  const filters: Filters = structuredClone(more)
  for (const filter of given) {
    const at = filter.indexOf('=')
    if (at <= 0) {
      throw invalid('cli.filter', `invalid filter ${JSON.stringify(filter)}`, { hint: 'write --filter NAME=VALUE' })
    }
    const name = filter.slice(0, at).trim().toLowerCase()
    filters[name] = [...(filters[name] ?? []), filter.slice(at + 1).trim()]
  }
  return filters
}
