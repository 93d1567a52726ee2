import { EssaimError, invalid, messageOf } from '@essaim/base'
import { commands } from './commands/tree.js'
import { type Command, isGroup, type Leaf } from './core/command.js'
import { createContext } from './core/context.js'
import { parseWords } from './core/parse.js'

/** Runs what was typed and answers the exit code. */
export async function main(words: string[]): Promise<number> {
  let typed = ''
  // Who reads no further (`essaim logs web | head -1`) ends the program, as a signal does with others.
  process.stdout.on('error', (error: { code?: string }) => process.exit(error.code === 'EPIPE' ? 141 : 1))
  try {
    const { host, rest, show } = globals(words)
    if (show === 'version') {
      const { default: version } = await import('./commands/version.js')
      return (await version.run(createContext(host), { format: undefined, short: true, given: new Set() }, [])) ?? 0
    }
    const found = await find(rest)
    if ('text' in found) {
      process.stdout.write(`${found.text}\n`)
      return 0
    }
    typed = found.name
    return await runCommand(found.name, found.leaf, found.words, host)
  } catch (error) {
    const { explain } = await import('./core/refusal.js')
    const usage = error instanceof EssaimError && /^cli\.(flag|arguments|command)$/.test(error.code)
    process.stderr.write(`${explain(error)}\n${usage ? `\nSee 'essaim ${typed}${typed && ' '}--help'.\n` : ''}`)
    return exitCodeOf(error)
  }
}

async function runCommand(name: string, leaf: Leaf, words: string[], host: string | undefined): Promise<number> {
  const { default: command } = await leaf.load()
  if (wantsHelp(command, words)) {
    const { commandHelp } = await import('./core/help.js')
    process.stdout.write(`${commandHelp(name, command)}\n`)
    return 0
  }
  const { flags, args } = parseWords(command.flags, words, command.stopAtArgument)
  const [min, max] = command.args
  if (args.length < min || args.length > max) {
    const count = min === max ? `exactly ${min}` : args.length < min ? `at least ${min}` : `at most ${max}`
    const noun = (args.length < min ? min : max) === 1 ? 'argument' : 'arguments'
    throw invalid('cli.arguments', `essaim ${name} takes ${count === 'exactly 0' ? 'no' : count} ${noun}`)
  }
  return (await command.run(createContext(host), flags, args)) ?? 0
}

function wantsHelp(command: Command, words: string[]): boolean {
  const end = command.stopAtArgument ? words.findIndex((word) => !word.startsWith('-')) : words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const taken = Object.values(command.flags).some((flag) => flag.short === 'h')
  return own.includes('--help') || (!taken && own.includes('-h'))
}

type Found = { text: string } | { name: string; leaf: Leaf; words: string[] }

async function find(words: string[]): Promise<Found> {
  const [noun, verb, ...rest] = words[0] === 'help' ? [...words.slice(1), '--help'] : words
  const entry = noun !== undefined && Object.hasOwn(commands, noun) ? commands[noun] : undefined
  if (noun === undefined || noun === '--help' || noun === '-h') {
    return { text: (await import('./core/help.js')).rootHelp() }
  }
  if (!entry) throw unknown(noun, '', Object.keys(commands))
  if (!isGroup(entry)) return { name: noun, leaf: entry, words: verb === undefined ? [] : [verb, ...rest] }
  if (verb === undefined || verb === '--help' || verb === '-h') {
    return { text: (await import('./core/help.js')).groupHelp(noun, entry) }
  }
  const name = verb === 'list' ? 'ls' : verb === 'remove' ? 'rm' : verb
  const leaf = Object.hasOwn(entry.commands, name) ? entry.commands[name] : undefined
  if (!leaf) throw unknown(verb, `${noun} `, Object.keys(entry.commands))
  return { name: `${noun} ${name}`, leaf, words: rest }
}

function unknown(word: string, before: string, known: string[]): Error {
  const hint = `there is ${known.toSorted().join(', ')}`
  return invalid('cli.command', `essaim: ${JSON.stringify(before + word)} is not an essaim command`, { hint })
}

interface Globals {
  host: string | undefined
  rest: string[]
  show?: 'version'
}

function globals(words: string[]): Globals {
  const [first = '', second] = words
  if (first === '-v' || first === '--version') return { host: undefined, rest: [], show: 'version' }
  const joined = /^(?:--host=|-H=?)(.+)$/.exec(first)?.[1]
  if (joined !== undefined) return { host: joined, rest: words.slice(1) }
  if (first !== '-H' && first !== '--host') return { host: undefined, rest: words }
  if (second === undefined) throw invalid('cli.flag', `flag needs an argument: ${first}`)
  return { host: second, rest: words.slice(2) }
}

function exitCodeOf(error: unknown): number {
  // Ctrl-C, as a shell counts it.
  if (messageOf(error) === 'interrupted') return 130
  return error instanceof EssaimError && error.code === 'cli.flag' ? 125 : 1
}
