import { invalid } from '@essaim/base'

/** Longer values would take their time: what a pattern matches is looked for from every place of them. */
const maxLength = 8192

/** One character of a pattern: itself, any one (`?`), or any number of any (`*`). */
type Token = { kind: 'one'; char: string } | { kind: 'any' } | { kind: 'many' }

/** `${value#pattern}` and, with `##`, its longest form; `%` and `%%` at the end of the value. */
export function removed(value: string, operator: string, pattern: string, escape: string): string {
  check(value)
  const atEnd = operator.startsWith('%')
  const text = atEnd ? reversed(value) : value
  const tokens = tokensOf(pattern, escape)
  const lengths = matchedLengths(atEnd ? tokens.toReversed() : tokens, text, 0)
  if (lengths.length === 0) return value
  const length = (operator.length === 2 ? lengths.at(-1) : lengths[0]) ?? 0
  return atEnd ? value.slice(0, value.length - length) : value.slice(length)
}

/** `${value/pattern/by}`, and `${value//pattern/by}` for all. The longest match counts. */
export function replaced(value: string, pattern: string, by: string, all: boolean, escape: string): string {
  check(value)
  const tokens = tokensOf(pattern, escape)
  let out = ''
  for (let at = 0; at < value.length;) {
    const length = matchedLengths(tokens, value, at).at(-1) ?? 0
    if (length === 0) {
      out += value.charAt(at++)
      continue
    }
    out += by
    at += length
    if (!all) return out + value.slice(at)
  }
  return out
}

/** The lengths of what the whole pattern matches from `start` on, ascending. */
function matchedLengths(tokens: Token[], text: string, start: number): number[] {
  let reached = [start]
  for (const token of tokens) {
    if (token.kind === 'many') {
      const first = reached[0]
      if (first === undefined) return []
      reached = Array.from({ length: text.length - first + 1 }, (_, index) => first + index)
    } else {
      reached = reached
        .filter((at) => at < text.length && (token.kind === 'any' || text.charAt(at) === token.char))
        .map((at) => at + 1)
    }
  }
  return reached.map((at) => at - start)
}

function tokensOf(pattern: string, escape: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '*') tokens.push({ kind: 'many' })
    else if (char === '?') tokens.push({ kind: 'any' })
    else tokens.push({ kind: 'one', char: char === escape ? pattern.charAt(++at) : char })
  }
  return tokens
}

const reversed = (text: string): string => text.split('').toReversed().join('')

function check(value: string): void {
  if (value.length <= maxLength) return
  throw invalid(
    'build.variable',
    `a value of ${value.length} characters is too long for a pattern (at most ${maxLength})`,
  )
}
