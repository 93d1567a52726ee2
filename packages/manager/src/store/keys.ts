import type { Stored, TableName } from './contract.js'

/** Where things stand in a backend; the same in each. */
export const revisionKey = 'revision'
export const objectPrefix = 'object/'
export const journalPrefix = 'journal/'

export const objectKey = (table: TableName, { ID }: Pick<Stored, 'ID'>): string => `${objectPrefix}${table}/${ID}`

export const journalKey = (revision: number): string => journalPrefix + String(revision).padStart(16, '0')

/** Of an object's key. */
export function placeOf(key: string): { table: TableName; id: string } {
  const slash = key.indexOf('/', objectPrefix.length)
  return { table: key.slice(objectPrefix.length, slash) as TableName, id: key.slice(slash + 1) }
}
