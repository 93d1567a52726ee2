import { invalid } from '@essaim/base'
import { parseError } from './parse-error.js'
import { statementOf, type Statement } from './statement.js'

/** Docker's parser takes no longer line, in bytes. */
const maxLine = 65535
/** A file that is no Dockerfile may be of any size; one that is hardly comes near to this. */
const maxBytes = 1 << 20

export interface Parsed {
  statements: Statement[]
  /** What the author should know, in Docker's words; empty mostly. */
  warnings: string[]
}

/** Reads a Dockerfile. Throws Docker's message, with the line, for what is no Dockerfile. */
export async function parseDockerfile(bytes: Buffer, name: string): Promise<Parsed> {
  const text = textOf(bytes, name)
  // Read only by builds: the parser is not worth its memory to a daemon that builds nothing.
  const { DockerfileParser } = (await import('dockerfile-ast')).default
  const file = DockerfileParser.parse(text)
  const escape = file.getEscapeCharacter()
  const lines = text.split('\n')
  const gaps: string[] = []
  const statements = file.getInstructions().map((instruction) => {
    const { start, end } = instruction.getRange()
    const documents = heredocsOf(instruction)
    const bodies = documents.map((document) => document.getContentRange())
    const last = bodies[0] ? bodies[0].start.line - 1 : end.line
    const { joined, hasGap } = joinLines(lines.slice(start.line, last + 1), escape)
    const contents = bodies.map((range) => {
      if (!range) return ''
      const body = lines.slice(range.start.line, range.end.line + 1)
      return body.map((line) => `${line}\n`).join('')
    })
    const statement = statementOf(start.line + 1, joined, contents, escape)
    if (hasGap) gaps.push(joined)
    return statement
  })
  if (statements.length === 0) throw invalid('build.empty', 'failed to parse Dockerfile: file with no instructions')
  return { statements, warnings: warningsOf(gaps) }
}

function textOf(bytes: Buffer, name: string): string {
  if (bytes.length > maxBytes) {
    throw invalid('build.size', `the Dockerfile (${name}) has ${bytes.length} bytes, ${maxBytes} are allowed`, {
      hint: 'copy what is long from the context',
    })
  }
  let line = 1
  for (let start = 0; start <= bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start)
    const end = found < 0 ? bytes.length : found
    if (end - start > maxLine) throw parseError(line, `dockerfile line greater than maximum allowed size of ${maxLine}`)
    if (bytes.subarray(start, end).includes(0)) throw parseError(line, 'a NUL byte: this is no text')
    start = end + 1
  }
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
  if (text.trim() === '') throw invalid('build.empty', `the Dockerfile (${name}) cannot be empty`)
  return text
}

/** Public for the instructions that may have them, and for an `ONBUILD` of one of those. */
interface HasHeredocs {
  getHeredocs?: () => { getContentRange(): { start: { line: number }; end: { line: number } } | null }[]
  getTriggerInstruction?: () => HasHeredocs | null
}

function heredocsOf(instruction: object): ReturnType<NonNullable<HasHeredocs['getHeredocs']>> {
  const own = instruction as HasHeredocs
  return own.getHeredocs?.() ?? (own.getTriggerInstruction?.() ?? undefined)?.getHeredocs?.() ?? []
}

/** A line that ends in the escape character goes on in the next one; comments and blank lines between are left out. */
function joinLines(lines: string[], escape: string): { joined: string; hasGap: boolean } {
  let joined = ''
  let hasGap = false
  for (const [index, line] of lines.entries()) {
    if (index > 0 && /^\s*(#|$)/.test(line)) {
      hasGap ||= line.trim() === '' && index < lines.length - 1
      continue
    }
    const trimmed = line.trimEnd()
    joined += trimmed.endsWith(escape) ? trimmed.slice(0, -1) : line
  }
  return { joined: joined.trim(), hasGap }
}

function warningsOf(gaps: string[]): string[] {
  if (gaps.length === 0) return []
  return [
    `[WARNING]: Empty continuation line found in:\n${gaps.map((text) => `    ${text}\n`).join('')}`,
    '[WARNING]: Empty continuation lines will become errors in a future release.\n',
  ]
}
