import { invalid } from '@essaim/base'

/** Splits at blanks that stand neither in quotes nor behind the escape character; quotes and escapes are kept. */
export function splitWords(text: string, escape = '\\'): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    word += char
    if (char === escape && quote !== "'" && at + 1 < text.length) word += text.charAt(++at)
    else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
  }
  if (word !== '') words.push(word)
  return words
}

/** `key=value ...` with quotes, or the old form `key value with blanks`. Values keep their quotes. */
export function parsePairs(instruction: string, text: string, escape = '\\'): [string, string][] {
  const words = splitWords(text, escape)
  const [first = ''] = words
  if (first === '') throw invalid('build.arguments', `${instruction} requires at least one argument`)
  if (!first.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+([\s\S]+)$/.exec(text.trim()) ?? []
    if (value === undefined) throw invalid('build.arguments', `${instruction} must have two arguments`)
    return [[key, value]]
  }
  return words.map((word) => {
    const at = word.indexOf('=')
    if (at < 0) {
      throw invalid(
        'build.arguments',
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      )
    }
    if (at === 0) throw invalid('build.arguments', `${instruction} names can not be blank`)
    return [word.slice(0, at), word.slice(at + 1)]
  })
}

/** An array of strings in JSON, which is how the exec form is written; undefined for anything else. */
export function parseJsonForm(text: string): string[] | undefined {
  if (!text.trim().startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
  } catch {
    // What is no JSON is a command of the shell that begins with a bracket.
    return undefined
  }
}
