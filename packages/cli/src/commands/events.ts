import type { EventMessage } from '@essaim/api-types'
import { command } from '../core/command.js'
import { list, text } from '../core/flags.js'
import { parseFilters } from '../format/filters.js'
import { formatFlag, printObjects } from '../format/rows.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Print what happens on the engine and in its swarm, as it happens.',
  examples: ['essaim events --filter type=container --since 10m', "essaim events --format '{{.Type}} {{.Action}}'"],
  flags: {
    ...formatFlag,
    filter: list('Only such as meet a condition, such as type=service', { short: 'f', value: 'NAME=VALUE' }),
    since: text('Begin with those since then: a time, or how long ago', { value: 'TIME' }),
    until: text('End then', { value: 'TIME' }),
  },
  args: [0, 0],
  async run(context, flags) {
    const { since, until } = flags
    const options = {
      filters: parseFilters(flags.filter),
      ...(since && { since: instant(since) }),
      ...(until && { until: instant(until) }),
    }
    const signal = context.interrupted
    try {
      for await (const event of context.client.system.events(options, signal)) {
        if (flags.format === undefined) context.print(lineOf(event))
        else printObjects(context, [event], flags.format)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  },
})

/** `10m` ago as seconds since the epoch; other times are the engine's to read. */
function instant(given: string): string {
  const seconds: Record<string, number> = { s: 1, m: 60, h: 3600 }
  const parts = [...given.matchAll(/(\d+(?:\.\d+)?)([smh])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== given) return given
  const ago = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (seconds[unit ?? ''] ?? 0), 0)
  return (Date.now() / 1000 - ago).toFixed(3)
}

function lineOf(event: EventMessage): string {
  const attributes = Object.entries(event.Actor?.Attributes ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const inside = attributes.length === 0 ? '' : ` (${attributes.map(([name, value]) => `${name}=${value}`).join(', ')})`
  const time = new Date((event.timeNano ?? 0) / 1e6).toISOString()
  return `${time} ${event.Type} ${event.Action} ${event.Actor?.ID}${inside}`
}
