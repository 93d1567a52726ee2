import { invalid } from '@essaim/base'
import type { Flag, Flags, FlagValues } from './flags.js'

export interface Parsed<F extends Flags> {
  flags: FlagValues<F>
  args: string[]
}

/**
 * Reads a command's words: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab` for two bools, `--` for the
 * end of the flags. With `stopAtArgument` the first word that is no flag ends them too (`exec`, `run`).
 */
export function parseWords<F extends Flags>(flags: F, words: string[], stopAtArgument = false): Parsed<F> {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, Array.isArray(flag.default) ? [...flag.default] : flag.default]),
  )
  const given = new Set<string>()
  const args: string[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest.splice(0))
    } else if (word === '-' || !word.startsWith('-')) {
      args.push(word)
      if (stopAtArgument) args.push(...rest.splice(0))
    } else if (word.startsWith('--')) {
      const [, name = '', value] = /^--([^=]*)(?:=([^]*))?$/.exec(word) ?? []
      const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
      if (!flag) throw unknownFlag(`unknown flag: --${name}`)
      set(values, name, flag, value ?? (flag.kind === 'bool' ? 'true' : rest.shift()))
      given.add(name)
    } else readShort(word.slice(1))
  }
  return { flags: { ...values, given } as FlagValues<F>, args }

  function readShort(letters: string): void {
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]
      const [name, flag] = Object.entries(flags).find(([, { short }]) => short === letter) ?? []
      if (name === undefined || !flag) throw unknownFlag(`unknown shorthand flag: '${letter}' in -${letters}`)
      given.add(name)
      const rest_ = letters.slice(at + 1)
      if (flag.kind !== 'bool') {
        set(values, name, flag, rest_ === '' ? rest.shift() : rest_.replace(/^=/, ''))
        return
      }
      if (rest_.startsWith('=')) {
        set(values, name, flag, rest_.slice(1))
        return
      }
      set(values, name, flag, 'true')
    }
  }
}

function set(values: Record<string, unknown>, name: string, flag: Flag<unknown>, value: string | undefined): void {
  if (value === undefined) throw unknownFlag(`flag needs an argument: --${name}`)
  const wrong = (why: string): Error => unknownFlag(`invalid argument ${JSON.stringify(value)} for --${name}: ${why}`)
  switch (flag.kind) {
    case 'bool':
      if (!/^(1|t|true|0|f|false)$/i.test(value)) throw wrong('write true or false')
      values[name] = /^(1|t|true)$/i.test(value)
      break
    case 'number':
      if (!/^-?\d+(\.\d+)?$/.test(value)) throw wrong('write a number')
      values[name] = Number(value)
      break
    case 'text':
      values[name] = value
      break
    case 'list':
      ;(values[name] as string[]).push(value)
      break
  }
}

/** Its code makes the exit code 125, as Docker's CLI answers words that it does not understand. */
const unknownFlag = (message: string): Error => invalid('cli.flag', message)
