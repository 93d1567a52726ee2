import { invalid, type EssaimError } from '@essaim/base'
import { options, type Given, type Option } from './options.js'

/**
 * Reads a command line as dockerd does: `--flag value`, `--flag=value`, `-D`, `-l level`, `-Hvalue`; the last of a
 * single-valued flag wins. Throws dockerd's message.
 */
export function parseArguments(args: readonly string[]): Given {
  const given: Given = new Map()
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('--') && word.length > 2) readLong(word, rest, given)
    else if (word.startsWith('-') && word.length > 1) readShort(word, rest, given)
    else throw usage('"essaimd" accepts no argument(s).')
  }
  return given
}

function readLong(word: string, rest: string[], given: Given): void {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const option = options.find((each) => each.flag === name)
  if (!option) throw usage(`unknown flag: --${name}`)
  let value = equals < 0 ? undefined : word.slice(equals + 1)
  if (value === undefined) {
    value = option.type === 'bool' ? 'true' : rest.shift()
    if (value === undefined) throw usage(`flag needs an argument: --${name}`)
  }
  take(option, value, given)
}

/** Several flags may share one dash, as in `-Dl info`; the first that takes a value takes what follows. */
function readShort(word: string, rest: string[], given: Given): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at)
    const option = options.find((each) => 'short' in each && each.short === letter)
    if (!option) throw usage(`unknown shorthand flag: '${letter}' in ${word}`)
    if (option.type === 'bool') {
      take(option, 'true', given)
      continue
    }
    const attached = word.slice(at + 1).replace(/^=/, '')
    const value = attached === '' ? rest.shift() : attached
    if (value === undefined) throw usage(`flag needs an argument: '${letter}' in ${word}`)
    take(option, value, given)
    return
  }
}

function take(option: Option, value: string, given: Given): void {
  const refusal =
    option.type === 'bool' && !['true', 'false'].includes(value) ? 'a boolean is true or false' : option.refuse?.(value)
  if (refusal !== undefined) throw usage(`invalid argument "${value}" for "${nameOf(option)}" flag: ${refusal}`)
  if (option.type === 'list') given.set(option.flag, [...(given.get(option.flag) ?? []), value])
  else given.set(option.flag, [value])
}

export function nameOf(option: Option): string {
  return option.short === undefined ? `--${option.flag}` : `-${option.short}, --${option.flag}`
}

function usage(message: string): EssaimError {
  return invalid('daemon.usage', `${message}\nSee 'essaimd --help'.`)
}
