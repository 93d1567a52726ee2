import { invalid } from '@essaim/base'

export type Token = { kind: 'text' | 'word' | 'string' | 'number' | 'symbol'; text: string }

/** A piece of a template: text as it is, or the tokens between {{ and }}. */
export type Piece = { text: string } | { tokens: Token[] }

/** Cuts Go's template language: `{{-` and `-}}` eat blanks, `{{/* ... *\/}}` is a comment. */
export function lex(template: string): Piece[] {
  const pieces: Piece[] = []
  let rest = template
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    const close = closing(rest, open + 2)
    if (close < 0) throw templateError('unclosed action')
    let before = rest.slice(0, open)
    let inner = rest.slice(open + 2, close)
    rest = rest.slice(close + 2)
    if (/^-\s/.test(inner)) [before, inner] = [before.trimEnd(), inner.slice(1)]
    if (/\s-$/.test(inner)) [rest, inner] = [rest.trimStart(), inner.slice(0, -1)]
    if (before !== '') pieces.push({ text: before })
    if (!/^\s*\/\*[^]*\*\/\s*$/.test(inner)) pieces.push({ tokens: tokens(inner) })
  }
  if (rest !== '') pieces.push({ text: rest })
  return pieces
}

/** Where the action ends: }} within quotes does not count. */
function closing(text: string, from: number): number {
  const pattern = /"(?:[^"\\]|\\.)*"|`[^`]*`|\}\}/g
  pattern.lastIndex = from
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) if (found[0] === '}}') return found.index
  return -1
}

const token =
  /\s+|(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<word>\$?[A-Za-z_]\w*|\$)|(?<symbol>:=|[.()|,=])/y

function tokens(inner: string): Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  while (token.lastIndex < inner.length) {
    const at = token.lastIndex
    const match = token.exec(inner)
    if (!match) throw templateError(`unexpected ${JSON.stringify(inner[at])} in {{${inner}}}`)
    const { string, number, word, symbol } = match.groups ?? {}
    if (string !== undefined) found.push({ kind: 'string', text: unquote(string) })
    else if (number !== undefined) found.push({ kind: 'number', text: number })
    else if (word !== undefined) found.push({ kind: 'word', text: word })
    else if (symbol !== undefined) found.push({ kind: 'symbol', text: symbol })
    // A blank before a dot separates two terms; without it the dot goes deeper into one.
    else if (inner[token.lastIndex] === '.') found.push({ kind: 'symbol', text: ' ' })
  }
  return found
}

function unquote(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1)
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' }
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char)
}

export function templateError(why: string): Error {
  return invalid('cli.template', `template parsing error: ${why}`, {
    hint: "write a template such as '{{.Name}}', 'table {{.ID}}\\t{{.Name}}', or json",
  })
}
