import { invalid } from '@essaim/base'

/** Splits at blanks that stand neither in quotes nor behind a backslash; quotes and backslashes are kept. */
export function splitWords(text: string): string[] {
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
    if (char === '\\' && quote !== "'" && at + 1 < text.length) word += text.charAt(++at)
    else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
  }
  if (word !== '') words.push(word)
  return words
}

/** `key=value ...` with quotes, or the old form `key value with blanks`. Values keep their quotes. */
export function parsePairs(instruction: string, text: string): [string, string][] {
  const words = splitWords(text)
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

/** Where a variable's value comes from; undefined when it is not set. */
export type Variables = (name: string) => string | undefined

/** Removes quotes and backslashes, and replaces variables: `$a`, `${a}`, `${a:-word}`, `${a:+word}` and their kin. */
export function expand(text: string, variables: Variables): string {
  return new Expansion(text, variables, false).until('')
}

/** Replaces variables alone, as in a here-document: quotes mean nothing, and a backslash only keeps `$` and itself. */
export function expandDocument(text: string, variables: Variables): string {
  return new Expansion(text, variables, true).until('')
}

class Expansion {
  #at = 0

  constructor(
    private readonly text: string,
    private readonly variables: Variables,
    private readonly isDocument: boolean,
  ) {}

  /** Up to `end`, which is left in place; the empty string stands for the end of the text. */
  until(end: string): string {
    let out = ''
    while (this.#at < this.text.length) {
      const char = this.text.charAt(this.#at)
      if (end !== '' && char === end) return out
      this.#at++
      if (char === '\\') out += this.#escaped()
      else if (char === "'" && !this.isDocument) out += this.#single()
      else if (char === '"' && !this.isDocument) out += this.#double()
      else if (char === '$') out += this.#variable()
      else out += char
    }
    if (end !== '') throw invalid('build.syntax', `unexpected end of statement while looking for matching ${end}`)
    return out
  }

  #escaped(): string {
    const next = this.text.charAt(this.#at)
    if (this.isDocument && next !== '$' && next !== '\\') return '\\'
    this.#at++
    return next
  }

  #single(): string {
    const end = this.text.indexOf("'", this.#at)
    if (end < 0) throw invalid('build.syntax', 'unexpected end of statement while looking for matching single-quote')
    const out = this.text.slice(this.#at, end)
    this.#at = end + 1
    return out
  }

  #double(): string {
    let out = ''
    while (this.#at < this.text.length) {
      const char = this.text.charAt(this.#at++)
      if (char === '"') return out
      if (char === '$') out += this.#variable()
      else if (char === '\\' && '"$\\'.includes(this.text.charAt(this.#at) || ' ')) out += this.text.charAt(this.#at++)
      else out += char
    }
    throw invalid('build.syntax', 'unexpected end of statement while looking for matching double-quote')
  }

  #variable(): string {
    if (this.text.charAt(this.#at) !== '{') {
      const name = /^(?:[A-Za-z_]\w*|[0-9@*#])/.exec(this.text.slice(this.#at))?.[0]
      if (name === undefined) return '$'
      this.#at += name.length
      return this.variables(name) ?? ''
    }
    this.#at++
    const name = /^\w+/.exec(this.text.slice(this.#at))?.[0]
    if (name === undefined) throw invalid('build.syntax', `bad substitution in ${JSON.stringify(this.text)}`)
    this.#at += name.length
    const operator = /^:?[-+?]/.exec(this.text.slice(this.#at))?.[0] ?? ''
    this.#at += operator.length
    const word = this.until('}')
    this.#at++
    if (operator === '' && word !== '') {
      throw invalid('build.syntax', `unsupported modifier (${word.charAt(0)}) in substitution`)
    }
    return this.#substitute(name, operator, word)
  }

  #substitute(name: string, operator: string, word: string): string {
    const value = this.variables(name)
    const usable = value !== undefined && (value !== '' || !operator.startsWith(':'))
    switch (operator.slice(-1)) {
      case '-':
        return usable ? value : word
      case '+':
        return usable ? word : ''
      case '?':
        if (usable) return value
        throw invalid('build.variable', `${name}: ${word === '' ? 'not allowed to be unset' : word}`)
      default:
        return value ?? ''
    }
  }
}
