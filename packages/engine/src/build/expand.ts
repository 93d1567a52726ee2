import { invalid } from '@essaim/base'
import { removed, replaced } from './patterns.js'

/** Where a variable's value comes from; undefined when it is not set. */
export type Variables = (name: string) => string | undefined

/**
 * Removes quotes and escapes, and replaces variables: `$a`, `${a}`, `${a:-word}`, `${a:+word}`, `${a#pattern}`,
 * `${a/pattern/word}` and their kin. `escape` is the escape character of the Dockerfile.
 */
export function expand(text: string, variables: Variables, escape = '\\'): string {
  return new Expansion(text, variables, false, escape).until('')
}

/** Replaces variables alone, as in a here-document: quotes mean nothing, and an escape only keeps `$` and itself. */
export function expandDocument(text: string, variables: Variables, escape = '\\'): string {
  return new Expansion(text, variables, true, escape).until('')
}

class Expansion {
  #at = 0

  constructor(
    private readonly text: string,
    private readonly variables: Variables,
    private readonly isDocument: boolean,
    private readonly escape: string,
  ) {}

  /** Up to one of the characters of `ends`, which is left in place; without any, to the end of the text. */
  until(ends: string, keepsEscapes = false): string {
    let out = ''
    while (this.#at < this.text.length) {
      const char = this.text.charAt(this.#at)
      if (ends.includes(char)) return out
      this.#at++
      if (char === this.escape) out += keepsEscapes ? char + this.#next() : this.#escaped()
      else if (char === "'" && !this.isDocument) out += this.#single()
      else if (char === '"' && !this.isDocument) out += this.#double()
      else if (char === '$') out += this.#variable()
      else out += char
    }
    if (ends !== '') throw invalid('build.syntax', `unexpected end of statement while looking for matching ${ends}`)
    return out
  }

  #next(): string {
    return this.text.charAt(this.#at++)
  }

  #escaped(): string {
    const next = this.text.charAt(this.#at)
    if (this.isDocument && next !== '$' && next !== this.escape) return this.escape
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
      const char = this.#next()
      if (char === '"') return out
      if (char === '$') out += this.#variable()
      else if (char === this.escape && `"$${this.escape}`.includes(this.text.charAt(this.#at) || ' '))
        out += this.#next()
      else out += char
    }
    throw invalid('build.syntax', 'unexpected end of statement while looking for matching double-quote')
  }

  #variable(): string {
    if (this.text.charAt(this.#at) !== '{') {
      const name = /^(?:[A-Za-z_]\w*|[0-9@*#])/.exec(this.text.slice(this.#at, this.#at + 256))?.[0]
      if (name === undefined) return '$'
      this.#at += name.length
      return this.variables(name) ?? ''
    }
    this.#at++
    const name = /^\w+/.exec(this.text.slice(this.#at, this.#at + 256))?.[0]
    if (name === undefined) throw invalid('build.syntax', `bad substitution in ${JSON.stringify(this.text)}`)
    this.#at += name.length
    const value = this.variables(name)
    const operator = /^(?::?[-+?]|##?|%%?|\/\/?)/.exec(this.text.slice(this.#at, this.#at + 2))?.[0] ?? ''
    this.#at += operator.length
    const result = /^[#%/]/.test(operator)
      ? this.#byPattern(value ?? '', operator)
      : this.#byValue(name, value, operator)
    this.#at++
    return result
  }

  #byPattern(value: string, operator: string): string {
    const pattern = this.until(operator.startsWith('/') ? '/}' : '}', true)
    if (!operator.startsWith('/')) return removed(value, operator, pattern, this.escape)
    if (this.text.charAt(this.#at) === '/') this.#at++
    return replaced(value, pattern, this.until('}'), operator === '//', this.escape)
  }

  #byValue(name: string, value: string | undefined, operator: string): string {
    const word = this.until('}')
    if (operator === '' && word !== '') {
      throw invalid('build.syntax', `unsupported modifier (${word.charAt(0)}) in substitution`)
    }
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
