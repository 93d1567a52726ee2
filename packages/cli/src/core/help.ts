import { commands } from '../commands/tree.js'
import { table } from '../format/table.js'
import { type Command, type Group, isGroup, type Leaf } from './command.js'
import type { Flag } from './flags.js'

export function rootHelp(): string {
  const entries = Object.entries(commands)
  const lines = (wanted: (entry: Leaf | Group) => boolean): string[] =>
    indent(table(entries.filter(([, entry]) => wanted(entry)).map(([name, { summary }]) => [name, summary])))
  return [
    'Usage: essaim [-H HOST] COMMAND',
    '',
    'A container engine with swarm mode.',
    '',
    'Commands:',
    ...lines((entry) => !isGroup(entry)),
    '',
    'Nouns, each with commands of its own:',
    ...lines(isGroup),
    '',
    'Options:',
    ...indent(
      table([
        ['-H, --host HOST', 'The engine to speak to (ESSAIM_HOST, DOCKER_HOST, or unix:///run/essaim/docker.sock)'],
        ['-v, --version', 'Print the version'],
        ['--help', 'Print this, or with a command what it does'],
      ]),
    ),
    '',
    "Run 'essaim COMMAND --help' for more about a command.",
  ].join('\n')
}

export function groupHelp(name: string, group: Group): string {
  return [
    `Usage: essaim ${name} COMMAND`,
    '',
    group.summary,
    '',
    'Commands:',
    ...indent(table(Object.entries(group.commands).map(([verb, { summary }]) => [verb, summary]))),
    '',
    `Run 'essaim ${name} COMMAND --help' for more about a command.`,
  ].join('\n')
}

export function commandHelp(name: string, command: Command): string {
  const flags = Object.entries(command.flags).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    `Usage: essaim ${name} ${command.usage}`.trimEnd(),
    '',
    command.about,
    ...(flags.length === 0 ? [] : ['', 'Options:', ...indent(table(flags.map(([key, flag]) => flagLine(key, flag))))]),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...indent(command.examples),
  ].join('\n')
}

function flagLine(name: string, flag: Flag<unknown>): [string, string] {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const value = flag.kind === 'bool' ? '' : ` ${flag.value ?? (flag.kind === 'number' ? 'N' : 'VALUE')}`
  return [`${short}--${name}${value}`, flag.default === true ? `${flag.help} (default true)` : flag.help]
}

const indent = (lines: string[]): string[] => lines.map((line) => `  ${line}`.trimEnd())
