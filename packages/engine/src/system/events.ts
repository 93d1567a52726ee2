import type { EventMessage, EventsOptions, EventStream, Filters } from '@essaim/api-types'
import type { EventBus } from '../events/bus.js'
import { matchLabels } from '../containers/list/filters.js'

/** Past events since `since`, then what comes, until `until` or for ever. Registered when it returns. */
export function eventStream(bus: EventBus, options: EventsOptions, signal: AbortSignal): EventStream {
  const end = new AbortController()
  const either = AbortSignal.any([signal, end.signal])
  const since = options.since === undefined ? Infinity : nanoseconds(options.since)
  const until = options.until === undefined ? Infinity : nanoseconds(options.until)
  const past = bus.past().filter((event) => (event.timeNano ?? 0) >= since)
  const live = until / 1e6 <= Date.now() ? undefined : bus.subscribe(either)
  const timer =
    until === Infinity ? undefined : setTimeout(() => end.abort(), Math.max(0, until / 1e6 - Date.now())).unref()
  return (async function* () {
    try {
      for (const event of past) {
        if ((event.timeNano ?? 0) <= until && matchesEvent(event, options.filters)) yield event
      }
      if (!live) return
      for await (const event of live) if (matchesEvent(event, options.filters)) yield event
    } finally {
      clearTimeout(timer)
      end.abort()
    }
  })()
}

const nanoseconds = (time: string): number => Date.parse(time) * 1e6

/** Docker's event filters: values of one name are alternatives, names must all hold. */
export function matchesEvent(event: EventMessage, filters: Filters): boolean {
  const attributes = event.Actor?.Attributes ?? {}
  const id = event.Actor?.ID ?? ''
  const action = event.Action ?? ''
  const isOf = (type: string): ((wanted: string) => boolean) => {
    return (wanted) =>
      (event.Type === type && (id === wanted || id.startsWith(wanted) || attributes['name'] === wanted)) ||
      attributes[type] === wanted
  }
  const tests: Record<string, (wanted: string) => boolean> = {
    type: (wanted) => event.Type === wanted,
    scope: (wanted) => event.scope === wanted,
    // `exec_start: ls` is found by `exec_start`.
    event: (wanted) => action === wanted || action.startsWith(`${wanted}:`),
    container: isOf('container'),
    network: isOf('network'),
    volume: isOf('volume'),
    service: isOf('service'),
    node: isOf('node'),
    secret: isOf('secret'),
    config: isOf('config'),
    plugin: isOf('plugin'),
    daemon: isOf('daemon'),
    image: (wanted) => isOf('image')(wanted) || (attributes['image'] ?? '').split(':')[0] === wanted,
  }
  return (
    matchLabels(attributes, filters) &&
    Object.entries(filters).every(([name, values]) => {
      const test = tests[name]
      return !test || values.length === 0 || values.some(test)
    })
  )
}
