import { invalid } from '@essaim/base'

/** A value of a build's query or headers that is JSON. */
export function jsonOf(name: string, text: string, otherwise: unknown): unknown {
  if (text === '') return otherwise
  try {
    return JSON.parse(text) ?? otherwise
  } catch {
    // The text may hold credentials: it is not quoted.
    throw invalid('build.options', `error reading ${name}: it is not JSON`)
  }
}
