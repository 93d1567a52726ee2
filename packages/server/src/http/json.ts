import { invalid } from '@essaim/base'
import { syntaxError } from './json-syntax.js'

/** The JSON value in `text`, or a refusal in Go's words, which Docker's users know. */
export function parseJson(text: string, prefix = ''): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw invalid('json.syntax', prefix + syntaxError(text), { cause })
  }
}
