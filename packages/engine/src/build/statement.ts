import { invalid } from '@essaim/base'

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
  /** `--name=value` before the arguments, in order. */
  flags: { name: string; value: string }[]
  /** The arguments as one line. */
  text: string
  heredocs: Heredoc[]
}

/** Reads a Dockerfile. Throws Docker's message, with the line, for what is no Dockerfile. */
export async function parseDockerfile(content: string, name: string): Promise<Statement[]> {
  if (content.trim() === '') throw invalid('build.empty', `the Dockerfile (${name}) cannot be empty`)
  // Read only by builds: the parser is not worth its memory to a daemon that builds nothing.
  const { DockerfileParser } = (await import('dockerfile-ast')).default
  const text = content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const file = DockerfileParser.parse(text)
  const lines = text.split('\n')
  const statements = file.getInstructions().map((instruction) => {
    const { start, end } = instruction.getRange()
    const documents = (instruction as unknown as HasHeredocs).getHeredocs?.() ?? []
    const bodies = documents.map((document) => document.getContentRange())
    const last = bodies[0] ? bodies[0].start.line - 1 : end.line
    const joined = joinLines(lines.slice(start.line, last + 1), file.getEscapeCharacter())
    const contents = bodies.map((range) => {
      return range
        ? lines
            .slice(range.start.line, range.end.line + 1)
            .map((line) => `${line}\n`)
            .join('')
        : ''
    })
    return statementOf(start.line + 1, joined, contents)
  })
  const unknown = statements.find((statement) => !known.has(statement.name))
  if (unknown) throw parseError(unknown.line, `unknown instruction: ${unknown.name}`)
  if (statements.length === 0) throw invalid('build.empty', 'file with no instructions')
  return statements
}

export function parseError(line: number, why: string): Error {
  return invalid('build.parse', `dockerfile parse error line ${line}: ${why}`)
}

/** The instruction as it is shown, on one line. */
export function shown({ name, flags, text }: Statement): string {
  const words = [name, ...flags.map((flag) => `--${flag.name}${flag.value === '' ? '' : `=${flag.value}`}`), text]
  return words.filter((word) => word !== '').join(' ')
}

/** The value of a flag that may be given once; throws for flags that the instruction does not have. */
export function flagOf(statement: Statement, name: string): string | undefined {
  return statement.flags.findLast((flag) => flag.name === name)?.value
}

export function checkFlags(statement: Statement, allowed: string[]): void {
  const unknown = statement.flags.find(({ name }) => !allowed.includes(name))
  if (unknown) throw parseError(statement.line, `unknown flag: ${unknown.name}`)
}

/** One line of an `ONBUILD` that is carried out. */
export function parseTrigger(text: string, line: number): Statement {
  const statement = statementOf(line, text, [])
  if (!known.has(statement.name)) throw parseError(line, `unknown instruction: ${statement.name}`)
  return statement
}

/** Public for the instructions that may have them. */
interface HasHeredocs {
  getHeredocs?(): { getContentRange(): { start: { line: number }; end: { line: number } } | null }[]
}

const known = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

/** A line that ends in the escape character goes on in the next one; comments and blank lines between are left out. */
function joinLines(lines: string[], escape: string): string {
  let out = ''
  for (const [index, line] of lines.entries()) {
    if (index > 0 && /^\s*(#|$)/.test(line)) continue
    const trimmed = line.trimEnd()
    out += trimmed.endsWith(escape) ? trimmed.slice(0, -1) : line
  }
  return out.trim()
}

function statementOf(line: number, joined: string, contents: string[]): Statement {
  const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(joined) ?? []
  const flags: Statement['flags'] = []
  let text = rest
  // A health check's flags are its own affair, as those of its command are.
  const takesFlags = ['FROM', 'COPY', 'ADD', 'RUN'].includes(word.toUpperCase())
  for (let flag = flagAt(text); takesFlags && flag; flag = flagAt(text)) {
    flags.push({ name: flag.name, value: flag.value })
    text = text.slice(flag.length)
  }
  const markers = [...text.matchAll(/<<-?(["']?)([A-Za-z_][\w.]*)\1/g)]
  const heredocs = contents.map((content, index) => {
    const [whole = '', quote = '', name = ''] = markers[index] ?? []
    return { name, content: whole.startsWith('<<-') ? content.replace(/^\t+/gm, '') : content, expand: quote === '' }
  })
  return { line, name: word.toUpperCase(), flags, text: text.trim(), heredocs }
}

function flagAt(text: string): { name: string; value: string; length: number } | undefined {
  const match = /^--([a-z][a-z-]*)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(text)
  return match
    ? { name: match[1] ?? '', value: (match[2] ?? '').replace(/^"(.*)"$/, '$1'), length: match[0].length }
    : undefined
}
