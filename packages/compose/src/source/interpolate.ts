/** A template that cannot be filled in; the message tells what is wrong with it. */
export class TemplateError extends Error {}

export interface Variables {
  get(name: string): string | undefined
  /** Told of a variable that has no value and no default: it becomes empty text. */
  missing(name: string): void
}

const reference = /\$(?:(?<escaped>\$)|(?<named>[_a-z][_a-z0-9]*)|(?<open>\{)|)/gi
const name = /^[_a-z][_a-z0-9]*/i

/**
 * `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?why}`, `${NAME?why}`, `${NAME:+other}`,
 * `${NAME+other}` and `$$` for a dollar. With the colon, empty counts as unset. Defaults may hold references of their own.
 */
export function interpolate(template: string, variables: Variables): string {
  let out = ''
  let at = 0
  reference.lastIndex = 0
  for (let found = reference.exec(template); found; found = reference.exec(template)) {
    const { escaped, named, open } = found.groups ?? {}
    out += template.slice(at, found.index)
    at = reference.lastIndex
    if (escaped !== undefined) out += '$'
    else if (named !== undefined) out += valueOf(named, variables)
    else if (open !== undefined) {
      const end = closing(template, at)
      out += expand(template.slice(at, end), variables)
      at = end + 1
    } else throw new TemplateError('a single $ must be written $$')
    // The nested call above moved the shared expression's position.
    reference.lastIndex = at
  }
  return out + template.slice(at)
}

/** Where the brace that was opened before `from` is closed. */
function closing(template: string, from: number): number {
  let depth = 1
  for (let at = from; at < template.length; at++) {
    if (template.startsWith('${', at)) depth++
    else if (template[at] === '}' && --depth === 0) return at
  }
  throw new TemplateError('${ is never closed with }')
}

function expand(body: string, variables: Variables): string {
  const variable = name.exec(body)?.[0]
  const rest = body.slice(variable?.length ?? 0)
  const [, colon = '', operator, word = ''] = /^(:?)([-?+])([^]*)$/.exec(rest) ?? []
  if (variable === undefined || (rest !== '' && operator === undefined)) {
    throw new TemplateError(`\${${body}} is not a variable; write \${NAME} or \${NAME:-default}, and $$ for a dollar`)
  }
  const value = variables.get(variable)
  const given = value !== undefined && (colon === '' || value !== '')
  switch (operator) {
    case undefined:
      return valueOf(variable, variables)
    case '-':
      return given ? value : interpolate(word, variables)
    case '+':
      return given ? interpolate(word, variables) : ''
    default: {
      if (given) return value
      const why = interpolate(word, variables)
      throw new TemplateError(`required variable ${variable} is missing a value${why === '' ? '' : `: ${why}`}`)
    }
  }
}

function valueOf(variable: string, variables: Variables): string {
  const value = variables.get(variable)
  if (value === undefined) variables.missing(variable)
  return value ?? ''
}
