import { type EssaimError, invalid } from '@essaim/base'

/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  file: string
  line: number
  column: number
}

/** One line: `stack.yml:7:15: services.web.replicas: "two" is not a whole number`. */
export function problem(at: Place, path: string, what: string, hint?: string): EssaimError {
  const field = path === '' ? '' : `${path}: `
  const message = `${at.file}:${at.line}:${at.column}: ${field}${what}`
  return invalid('compose.invalid', message, hint === undefined ? {} : { hint })
}

/** A value as it is shown in a problem: quoted, on one line, not longer than needed to recognise it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
