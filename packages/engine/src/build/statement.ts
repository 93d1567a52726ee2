import { parseError } from './parse-error.js'

/** Text that stands in the Dockerfile itself. */
export interface Heredoc {
  name: string
  content: string
  /** Variables are replaced: the name stands without quotes. */
  expand: boolean
}

/** One instruction of a Dockerfile. */
export interface Statement {
  /** From 1. */
  line: number
  /** In capitals. */
  name: string
  /** `--name=value` before the arguments, in order; undefined for one without a value. */
  flags: { name: string; value: string | undefined }[]
  /** The arguments as one line. */
  text: string
  heredocs: Heredoc[]
  /** The escape character of the file. */
  escape: string
}

/** The instructions that there are. */
export const instructions = [
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'MAINTAINER'],
  ...['ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
]

/** One instruction whose lines are joined. `contents` are the bodies of its here-documents, in order. */
export function statementOf(line: number, joined: string, contents: string[], escape: string): Statement {
  const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(joined) ?? []
  const name = word.toUpperCase()
  if (!instructions.includes(name)) throw parseError(line, `unknown instruction: ${name.slice(0, 100)}`)
  const flags: Statement['flags'] = []
  let text = rest
  // A health check's flags are its own affair, and what a trigger says is not looked into.
  const takesFlags = name !== 'HEALTHCHECK' && name !== 'ONBUILD'
  for (let flag = flagAt(text); takesFlags && flag; flag = flagAt(text)) {
    flags.push({ name: flag.name, value: flag.value })
    text = text.slice(flag.length)
  }
  const markers = [...text.matchAll(/<<-?(["']?)([A-Za-z_][\w.]*)\1/g)]
  const heredocs = contents.map((content, index) => {
    const [whole = '', quote = '', label = ''] = markers[index] ?? []
    const body = whole.startsWith('<<-') ? content.replace(/^\t+/gm, '') : content
    return { name: label, content: body, expand: quote === '' }
  })
  return { line, name, flags, text: text.trim(), heredocs, escape }
}

/** The instruction as it is shown, on one line. */
export function shown({ name, flags, text }: Statement): string {
  const words = [
    name,
    ...flags.map((flag) => `--${flag.name}${flag.value === undefined ? '' : `=${flag.value}`}`),
    text,
  ]
  return words.filter((word) => word !== '').join(' ')
}

/** The value of a flag; of several the last one's. */
export function flagOf(statement: Statement, name: string): string | undefined {
  return statement.flags.findLast((flag) => flag.name === name)?.value
}

/** Whether a flag without a value, or with `true`, is given. */
export function isFlagged(statement: Statement, name: string): boolean {
  const flag = statement.flags.findLast((one) => one.name === name)
  return flag !== undefined && (flag.value ?? 'true').toLowerCase() === 'true'
}

function flagAt(text: string): { name: string; value: string | undefined; length: number } | undefined {
  const match = /^--([a-z][a-z-]*)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(text)
  if (!match) return undefined
  return { name: match[1] ?? '', value: match[2]?.replace(/^"(.*)"$/, '$1'), length: match[0].length }
}
