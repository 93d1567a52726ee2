import { invalid } from '@essaim/base'
import { tagFields, type LogSource } from './source.js'

const functions: Record<string, (...args: string[]) => string> = {
  lower: (text = '') => text.toLowerCase(),
  upper: (text = '') => text.toUpperCase(),
  title: (text = '') => text.replace(/\b\w/g, (letter) => letter.toUpperCase()),
  json: (text = '') => JSON.stringify(text),
  println: (text = '') => `${text}\n`,
  truncate: (text = '', length = '0') => text.slice(0, Number(length)),
  pad: (text = '', before = '0', after = '0') => ' '.repeat(Number(before)) + text + ' '.repeat(Number(after)),
}

/**
 * A log tag from its template, in the part of Go's template language that tags are written in: `{{.Field}}`, the functions
 * above, pipelines and trim marks. Throws Docker's refusal of another field or function.
 */
export function logTag(template: string, source: LogSource): string {
  const fields = tagFields(source)
  const text = template.replace(/\s*\{\{- /g, '{{').replace(/ -\}\}\s*/g, '}}')
  return text.replace(/\{\{(.*?)\}\}/gs, (_, action: string) => pipeline(action.trim(), fields))
}

/** Checks a template without a container to apply it to. */
export function checkTag(template: string): void {
  const some = { id: '', name: '', imageId: '', imageName: '', command: '', created: '', labels: {}, env: [] }
  logTag(template, some)
}

function pipeline(action: string, fields: Record<string, string>): string {
  let value: string | undefined
  for (const stage of action.split('|')) {
    const [first = '', ...rest] = stage.trim().match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []
    const args = rest.map((word) => operand(word, fields))
    if (value !== undefined) args.push(value)
    if (/^[a-z]\w*$/.test(first)) value = apply(first, args)
    else value = operand(first, fields)
  }
  return value ?? ''
}

function apply(name: string, args: string[]): string {
  const run = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!run) throw refuse(`function "${name}" not defined`)
  return run(...args)
}

function operand(word: string, fields: Record<string, string>): string {
  if (word.startsWith('"')) return JSON.parse(word) as string
  if (/^-?\d+$/.test(word)) return word
  const name = word.replace(/^\./, '')
  const value = word.startsWith('.') && Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined) throw refuse(`can't evaluate field ${name} in type logger.Info`)
  return value
}

const refuse = (why: string): Error => invalid('container.log-tag', `template: log-tag:1: ${why}`)
