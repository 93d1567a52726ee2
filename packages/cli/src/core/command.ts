import type { Flags, FlagValues } from './flags.js'
import type { Context } from './context.js'

export interface Command<F extends Flags = Flags> {
  /** What follows the command's name: `[OPTIONS] STACK`. */
  usage: string
  /** What it does, in one sentence or a few. */
  about: string
  /** Command lines that a user can type. */
  examples: [string, ...string[]]
  flags: F
  /** How many arguments it takes, from and to. */
  args: [min: number, max: number]
  /** Flags end at the first argument: what follows is another program's. */
  stopAtArgument?: boolean
  /** Answers the exit code; 0 where it answers nothing. */
  run(context: Context, flags: FlagValues<F>, args: string[]): Promise<number | void>
}

/** Checks the definition's types: what `run` gets are the values of its own `flags`. */
export function command<F extends Flags>(definition: Command<F>): Command {
  // Each command is used with the flags that were parsed by its own definition.
  return definition as unknown as Command
}

/** A command in the tree of commands, loaded when it is typed. */
export interface Leaf {
  summary: string
  load: () => Promise<{ default: Command }>
}

export interface Group {
  summary: string
  commands: Record<string, Leaf>
}

export const isGroup = (entry: Leaf | Group): entry is Group => 'commands' in entry
