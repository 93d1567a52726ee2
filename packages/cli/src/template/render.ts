import { functions, isObject, show, truth } from './functions.js'
import { templateError } from './lex.js'
import { type Part, parseTemplate, type Pipeline, type Term } from './parse.js'

/** A template that was read once and is filled in for each row. */
export type Template = (dot: unknown) => string

/** With `strict`, a field that the data does not have is refused (rows of a list); otherwise it is `<no value>`. */
export function compile(template: string, strict: boolean): Template {
  const parts = parseTemplate(template)
  return (dot) => new Rendering(strict, dot).parts(parts, dot, new Map([['$', dot]]))
}

type Variables = Map<string, unknown>

class Rendering {
  constructor(
    private readonly strict: boolean,
    private readonly root: unknown,
  ) {}

  parts(parts: Part[], dot: unknown, variables: Variables): string {
    return parts.map((part) => this.#part(part, dot, variables)).join('')
  }

  #part(part: Part, dot: unknown, variables: Variables): string {
    if (part.kind === 'text') return part.text
    const value = this.#pipeline(part.pipeline, dot, variables)
    switch (part.kind) {
      case 'print':
        if (part.variable === undefined) return show(value)
        variables.set(part.variable, value)
        return ''
      case 'if':
        return this.parts(truth(value) ? part.then : part.otherwise, dot, variables)
      case 'with':
        return truth(value) ? this.parts(part.then, value, variables) : this.parts(part.otherwise, dot, variables)
      case 'range': {
        if (!truth(value)) return this.parts(part.otherwise, dot, variables)
        const items: [unknown, unknown][] = Array.isArray(value)
          ? value.map((item, index): [unknown, unknown] => [index, item])
          : isObject(value)
            ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
            : []
        return items.map(([key, item]) => this.#turn(part, key, item, variables)).join('')
      }
    }
  }

  #turn(part: Extract<Part, { kind: 'range' }>, key: unknown, item: unknown, variables: Variables): string {
    const inner = new Map(variables)
    const [first, second] = part.names
    if (first !== undefined) inner.set(first, second === undefined ? item : key)
    if (second !== undefined) inner.set(second, item)
    return this.parts(part.then, item, inner)
  }

  #pipeline(pipeline: Pipeline, dot: unknown, variables: Variables): unknown {
    let value: unknown
    pipeline.forEach((command, index) => {
      const piped = index === 0 ? [] : [value]
      value = this.#command(command, piped, dot, variables)
    })
    return value
  }

  #command([first, ...rest]: Term[], piped: unknown[], dot: unknown, variables: Variables): unknown {
    if (first?.kind === 'function') {
      const call = Object.hasOwn(functions, first.name) ? functions[first.name] : undefined
      if (!call)
        throw templateError(`function "${first.name}" not defined; there is ${Object.keys(functions).join(', ')}`)
      return call(...rest.map((term) => this.#term(term, dot, variables)), ...piped)
    }
    // A method of Docker's rows takes an argument (`.Label "a"`): there it is a function.
    const value = first && this.#term(first, dot, variables)
    if (typeof value === 'function')
      return (value as (...args: unknown[]) => unknown)(...rest.map((t) => this.#term(t, dot, variables)))
    return value
  }

  #term(term: Term, dot: unknown, variables: Variables): unknown {
    switch (term.kind) {
      case 'literal':
        return term.value
      case 'function':
        return this.#command([term], [], dot, variables)
      case 'group':
        return this.#walk(this.#pipeline(term.pipeline, dot, variables), term.keys)
      case 'path':
        return this.#walk(term.from === '' ? dot : variables.get(term.from), term.keys)
    }
  }

  #walk(value: unknown, keys: string[]): unknown {
    return keys.reduce<unknown>((inner, key) => {
      if (isObject(inner) && key in inner) return inner[key]
      if (this.strict && inner === this.root) {
        throw templateError(`can't evaluate field ${key}; there is ${Object.keys(inner as object).join(', ')}`)
      }
      return undefined
    }, value)
  }
}
