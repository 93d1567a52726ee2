import { isKind, messageOf } from '@essaim/base'
import { command, type Command } from './command.js'
import type { Context } from './context.js'
import { bool } from './flags.js'
import { explain } from './refusal.js'
import { formatFlag, printObjects } from '../format/rows.js'

/** Does the work for each name, goes on past failures, and answers 1 when there was one. */
export async function forEach(
  context: Context,
  names: string[],
  work: (name: string) => Promise<void>,
): Promise<number> {
  let failed = 0
  for (const name of names) {
    await work(name).catch((error: unknown) => {
      if (isKind(error, 'unavailable') && /Cannot connect/.test(messageOf(error))) throw error
      failed++
      context.warn(explain(error))
    })
  }
  return failed === 0 ? 0 : 1
}

/** `essaim NOUN rm NAME...`: prints each name that was removed. */
export function removal(
  noun: string,
  example: string,
  remove: (context: Context, name: string) => Promise<unknown>,
): Command {
  return deed(noun, `Remove one or more ${noun}s.`, example, remove)
}

/** `essaim NOUN VERB NAME...` without flags: prints each name that it was done to. */
export function deed(
  noun: string,
  about: string,
  example: string,
  work: (context: Context, name: string) => Promise<unknown>,
): Command {
  return command({
    usage: `${noun.toUpperCase()} [${noun.toUpperCase()}...]`,
    about,
    examples: [example],
    flags: {},
    args: [1, Infinity],
    run: (context, _, names) =>
      forEach(context, names, async (name) => {
        await work(context, name)
        context.print(name)
      }),
  })
}

/** `essaim NOUN inspect NAME...`: what was found is printed even when another name was not. */
export function inspection(
  noun: string,
  example: string,
  inspect: (context: Context, name: string) => Promise<unknown>,
): Command {
  return command({
    usage: `[OPTIONS] ${noun.toUpperCase()} [${noun.toUpperCase()}...]`,
    about: `Show all that is known of one or more ${noun}s.`,
    examples: [example],
    flags: formatFlag,
    args: [1, Infinity],
    async run(context, flags, names) {
      const found: unknown[] = []
      const code = await forEach(context, names, async (name) => void found.push(await inspect(context, name)))
      printObjects(context, found, flags.format)
      return code
    },
  })
}

export const detachFlag = { detach: bool('Do not wait until the service has converged', { short: 'd' }) }
