import { lex, type Piece, templateError, type Token } from './lex.js'

export type Term =
  | { kind: 'literal'; value: string | number | boolean | null }
  /** `.A.B` from the dot, or `$x.A` from a variable (`$` is the whole). */
  | { kind: 'path'; from: string; keys: string[] }
  | { kind: 'group'; pipeline: Pipeline; keys: string[] }
  | { kind: 'function'; name: string }

/** Commands joined by `|`; each is a function with its arguments, or one value. */
export type Pipeline = Term[][]

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline; variable?: string }
  | { kind: 'if' | 'with'; pipeline: Pipeline; then: Part[]; otherwise: Part[] }
  | { kind: 'range'; names: string[]; pipeline: Pipeline; then: Part[]; otherwise: Part[] }

export function parseTemplate(template: string): Part[] {
  const pieces = lex(template)
  const { parts, end } = parseParts(pieces)
  if (end !== undefined) throw templateError(`unexpected {{${end}}}`)
  return parts
}

/** Reads up to `{{end}}` or `{{else}}`, or the end of the template. */
function parseParts(pieces: Piece[]): { parts: Part[]; end?: string; rest?: Token[] } {
  const parts: Part[] = []
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    if ('text' in piece) {
      parts.push({ kind: 'text', text: piece.text })
      continue
    }
    const words = piece.tokens.filter((token) => token.text !== ' ')
    const first = words[0]?.kind === 'word' ? words[0].text : ''
    if (first === 'end' || first === 'else') return { parts, end: first, rest: piece.tokens.slice(1) }
    if (first === 'if' || first === 'with' || first === 'range') parts.push(parseBlock(first, piece.tokens, pieces))
    else parts.push(parsePrint(piece.tokens))
  }
  return { parts }
}

function parseBlock(kind: 'if' | 'with' | 'range', tokens: Token[], pieces: Piece[]): Part {
  const inner = tokens.slice(tokens.findIndex((token) => token.kind === 'word') + 1)
  const assign = inner.findIndex((token) => token.text === ':=')
  const names = inner
    .slice(0, Math.max(assign, 0))
    .filter((token) => token.text.startsWith('$'))
    .map(({ text }) => text)
  const pipeline = parsePipeline(inner.slice(assign + 1))
  const first = parseParts(pieces)
  let otherwise: Part[] = []
  if (first.end === 'else') {
    const chained = first.rest?.find((token) => token.kind === 'word')
    if (chained?.text === 'if') otherwise = [parseBlock('if', first.rest ?? [], pieces)]
    else {
      const second = parseParts(pieces)
      if (second.end !== 'end') throw templateError(`{{${kind}}} has no {{end}}`)
      otherwise = second.parts
    }
  } else if (first.end !== 'end') throw templateError(`{{${kind}}} has no {{end}}`)
  const rest = { pipeline, then: first.parts, otherwise }
  return kind === 'range' ? { kind, names, ...rest } : { kind, ...rest }
}

function parsePrint(tokens: Token[]): Part {
  const assign = tokens.findIndex((token) => token.text === ':=' || token.text === '=')
  const variable = assign > 0 ? tokens.find((token) => token.text.startsWith('$'))?.text : undefined
  const pipeline = parsePipeline(assign > 0 ? tokens.slice(assign + 1) : tokens)
  return { kind: 'print', pipeline, ...(variable !== undefined && { variable }) }
}

function parsePipeline(tokens: Token[]): Pipeline {
  const pipeline: Pipeline = [[]]
  const rest = [...tokens]
  while (rest.length > 0) {
    if (rest[0]?.text === '|' && rest[0].kind === 'symbol') {
      rest.shift()
      pipeline.push([])
    } else if (rest[0]?.text === ' ' && rest[0].kind === 'symbol') rest.shift()
    else pipeline.at(-1)?.push(parseTerm(rest))
  }
  if (pipeline.some((command) => command.length === 0)) throw templateError('missing value for command')
  return pipeline
}

function parseTerm(rest: Token[]): Term {
  const token = rest.shift()
  if (token?.kind === 'string') return { kind: 'literal', value: token.text }
  if (token?.kind === 'number') return { kind: 'literal', value: Number(token.text) }
  if (token?.text === '(') {
    const close = matching(rest)
    const inner = rest.splice(0, close)
    rest.shift()
    return { kind: 'group', pipeline: parsePipeline(inner), keys: keysOf(rest) }
  }
  if (token?.text === '.') {
    const key = rest[0]?.kind === 'word' ? rest.shift()?.text : undefined
    return { kind: 'path', from: '', keys: [...(key === undefined ? [] : [key]), ...keysOf(rest)] }
  }
  if (token?.kind !== 'word') throw templateError(`unexpected ${JSON.stringify(token?.text ?? 'end')}`)
  if (token.text.startsWith('$')) return { kind: 'path', from: token.text, keys: keysOf(rest) }
  if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' }
  return token.text === 'nil' ? { kind: 'literal', value: null } : { kind: 'function', name: token.text }
}

function keysOf(rest: Token[]): string[] {
  const keys: string[] = []
  while (rest[0]?.text === '.' && rest[0].kind === 'symbol' && rest[1]?.kind === 'word') {
    keys.push(rest[1].text)
    rest.splice(0, 2)
  }
  return keys
}

function matching(tokens: Token[]): number {
  let depth = 1
  const close = tokens.findIndex(({ kind, text }) => {
    if (kind === 'symbol') depth += text === '(' ? 1 : text === ')' ? -1 : 0
    return depth === 0
  })
  if (close < 0) throw templateError('unclosed left paren')
  return close
}
