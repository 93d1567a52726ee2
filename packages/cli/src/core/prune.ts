import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { parseFilters } from '../format/filters.js'
import { size } from '../format/human.js'
import { command, type Command } from './command.js'
import type { Context } from './context.js'
import { bool, list } from './flags.js'

interface Pruned {
  /** Names of what went. */
  removed: string[]
  /** Bytes that became free, where the engine counts them. */
  freed?: number
}

/** `essaim NOUN prune --force`: removes what nobody uses. Nothing is asked: without the flag nothing is done. */
export function pruning(
  noun: string,
  what: string,
  prune: (context: Context, filters: Filters) => Promise<Pruned>,
): Command {
  return command({
    usage: '[OPTIONS]',
    about: `Remove ${what}.`,
    examples: [`essaim ${noun} prune --force`],
    flags: {
      force: bool('Do it', { short: 'f' }),
      filter: list('Only these', { value: 'NAME=VALUE' }),
    },
    args: [0, 0],
    async run(context, flags) {
      if (!flags.force) {
        throw invalid('cli.prune', `this removes ${what}`, { hint: `say so: essaim ${noun} prune --force` })
      }
      const { removed, freed } = await prune(context, parseFilters(flags.filter))
      for (const name of removed) context.print(name)
      if (freed !== undefined) context.print(`Total reclaimed space: ${size(freed)}`)
    },
  })
}
