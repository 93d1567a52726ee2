import { invalid } from '@essaim/base'
import { syntaxError } from './json-syntax.js'

/** The JSON value in `text`, or a refusal in Go's words, which Docker's users know. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw invalid('json.syntax', syntaxError(text), { cause })
  }
}
