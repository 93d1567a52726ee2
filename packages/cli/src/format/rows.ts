import type { Context } from '../core/context.js'
import { bool, list as listFlag, text as textFlag } from '../core/flags.js'
import { compile } from '../template/render.js'
import { templateError } from '../template/lex.js'
import { table } from './table.js'

/** One thing that can be said of a row: its name in templates, its heading in a table, and its text. */
export type Fields<R> = Record<string, [heading: string, get: (row: R) => string]>

export interface Listing<R> {
  fields: Fields<R>
  /** The fields that a table has when nothing else is asked for. */
  columns: string[]
  /** What -q prints; without it there is no -q. */
  id?: (row: R) => string
  /** Functions of a row for templates, such as `{{.Label "name"}}`. */
  methods?: Record<string, (row: R) => (argument: unknown) => unknown>
}

export const formatFlag = {
  format: textFlag("'table', 'table TEMPLATE', 'json', or a Go template such as '{{.Name}}'", { value: 'FORMAT' }),
}
/** The flags that every list has. */
export const listFlags = {
  ...formatFlag,
  filter: listFlag('Keep what meets a condition, such as name=web', { short: 'f', value: 'NAME=VALUE' }),
  quiet: bool('Only print ids', { short: 'q' }),
}

export interface ListChoice {
  format?: string | undefined
  quiet?: boolean
}

export function printRows<R>(context: Context, rows: R[], listing: Listing<R>, choice: ListChoice): void {
  for (const line of renderRows(rows, listing, choice)) context.print(line)
}

export function renderRows<R>(
  rows: R[],
  listing: Listing<R>,
  { format = 'table', quiet = false }: ListChoice,
): string[] {
  if (quiet && (format === 'table' || format === '')) return rows.map(listing.id ?? (() => ''))
  const shown = rows.map((row) => record(row, listing))
  if (format === 'json') {
    return shown.map(({ values }) => JSON.stringify(values))
  }
  const [, wanted] = /^table(?:\s+([^]+))?$/.exec(format) ?? []
  if (format === 'table' || format === '') {
    const heads = listing.columns.map((name) => listing.fields[name]?.[0] ?? name)
    return table([heads, ...shown.map(({ values }) => listing.columns.map((name) => values[name] ?? ''))])
  }
  const render = compile((wanted ?? format).replaceAll('\\t', '\t').replaceAll('\\n', '\n'), true)
  const lines = shown.map(({ dot }) => render(dot))
  if (wanted === undefined) return lines
  const heads = {
    ...Object.fromEntries(Object.entries(listing.fields).map(([name, [heading]]) => [name, heading])),
    ...Object.fromEntries(Object.keys(listing.methods ?? {}).map((name) => [name, (argument: unknown) => argument])),
  }
  return table([render(heads), ...lines].map((line) => line.split('\t')))
}

function record<R>(row: R, listing: Listing<R>): { values: Record<string, string>; dot: Record<string, unknown> } {
  const names = Object.keys(listing.fields).toSorted()
  const values = Object.fromEntries(names.map((name) => [name, listing.fields[name]?.[1](row) ?? '']))
  const methods = Object.entries(listing.methods ?? {}).map(([name, method]) => [name, method(row)])
  return { values, dot: { ...values, ...Object.fromEntries(methods) } }
}

/** `inspect`: a JSON list of what was found, or a line of the template for each. */
export function printObjects(context: Context, objects: unknown[], format: string | undefined): void {
  if (format === undefined || format === '') {
    context.print(JSON.stringify(objects, null, 4))
    return
  }
  if (format === 'json') {
    for (const object of objects) context.print(JSON.stringify(object))
    return
  }
  if (format.startsWith('table')) throw templateError('an object is not a table')
  const render = compile(format, false)
  for (const object of objects) context.print(render(object))
}
