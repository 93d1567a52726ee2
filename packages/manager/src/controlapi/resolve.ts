import { invalid } from '@essaim/base'
import type { Tables } from '@essaim/api-types'
import type { TableName, View } from '../store/index.js'
import { absent } from './refusal.js'

/** Finds by id, then by name, then by the beginning of an id; refuses what is absent or ambiguous as Docker does. */
export function resolve<T extends Exclude<TableName, 'cluster'>>(view: View, table: T, ref: string): Tables[T] {
  const exact = view.get(table, ref)
  if (exact !== undefined) return exact
  const named = table === 'task' ? [] : view.find(table as 'service', 'name', ref)
  const found = named.length > 0 ? named : startingWith(view, table, ref)
  const [only] = found as readonly Tables[T][]
  if (only === undefined) throw absent(table, ref)
  if (found.length > 1) throw invalid('ambiguous', `${table} ${ref} is ambiguous (${found.length} matches found)`)
  return only
}

function startingWith<T extends TableName>(view: View, table: T, prefix: string): Tables[T][] {
  return prefix === '' ? [] : [...view.all(table)].filter(({ ID }) => ID.startsWith(prefix))
}
