import type * as Box from 'typebox'

export type { Static, TSchema, TUnsafe } from 'typebox'

/*
 * The builders that the API's schemas need, with TypeBox's types. They are made here because loading the library itself
 * costs a daemon 18 MB and a fifth of a second, for what are plain JSON schemas.
 */

const schema = (type: string, rest: object = {}): never => ({ type, ...rest }) as never

const object: typeof Box.Object = (properties, options) => schema('object', { properties, ...options })

const record: typeof Box.Record = (_key, value, options) =>
  schema('object', { patternProperties: { '^.*$': value }, ...options })

const array: typeof Box.Array = (items, options) => schema('array', { items, ...options })

const string: typeof Box.String = (options) => schema('string', options)

const boolean: typeof Box.Boolean = (options) => schema('boolean', options)

const integer: typeof Box.Integer = (options) => schema('integer', options)

const number: typeof Box.Number = (options) => schema('number', options)

/** Every field may be left out when it is read: what a noun needs, its own validation says in Docker's words. */
const optional: typeof Box.Optional = (type) => type as never

const unknown: typeof Box.Unknown = (options) => ({ ...options }) as never

const unsafe: typeof Box.Unsafe = (given) => given as never

export {
  array as Array,
  boolean as Boolean,
  integer as Integer,
  number as Number,
  object as Object,
  optional as Optional,
  record as Record,
  string as String,
  unknown as Unknown,
  unsafe as Unsafe,
}
