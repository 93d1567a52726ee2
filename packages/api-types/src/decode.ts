import { invalid } from '@essaim/base'
import type { Static, TSchema } from 'typebox'

interface Shape {
  type?: string
  properties?: Record<string, Shape>
  patternProperties?: Record<string, Shape>
  items?: Shape
}

/**
 * Reads `value` as Go's encoding/json would read it into the schema's type: keys match without regard to case, unknown
 * keys are dropped, null leaves a field out. A value of another type is refused with Go's wording and the field's path.
 */
export function decode<T extends TSchema>(schema: T, value: unknown, root = ''): Static<T> {
  return read(schema as Shape, value, root, root) as Static<T>
}

function read(shape: Shape, value: unknown, owner: string, path: string): unknown {
  switch (shape.type) {
    case undefined:
      return value
    case 'object':
      return readObject(shape, value, owner, path)
    case 'array':
      if (!Array.isArray(value)) throw mismatch(value, owner, path, 'slice')
      return value.filter((item) => item !== null).map((item) => read(shape.items ?? {}, item, owner, path))
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, owner, path, 'string')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, owner, path, 'bool')
      return value
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw mismatch(value, owner, path, 'int64')
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, owner, path, 'float64')
      return value
    default:
      return value
  }
}

function readObject(shape: Shape, value: unknown, owner: string, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch(value, owner, path, shape.properties ? 'struct' : 'map')
  }
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`)
  if (!shape.properties) {
    const each = Object.values(shape.patternProperties ?? {})[0] ?? {}
    const entries = Object.entries(value).map(([key, item]) => {
      // A set, such as ExposedPorts and Volumes, may hold null for its empty objects.
      return [key, item === null ? (each.type === 'object' ? {} : null) : read(each, item, owner, at(key))]
    })
    return Object.fromEntries(entries)
  }
  const names = namesOf(shape.properties)
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(shape.properties, key) ? key : names.get(key.toLowerCase())
    const field = name === undefined ? undefined : shape.properties[name]
    if (name === undefined || field === undefined || item === null) continue
    out[name] = read(field, item, owner, at(name))
  }
  return out
}

const cache = new WeakMap<object, Map<string, string>>()

function namesOf(properties: Record<string, Shape>): Map<string, string> {
  let names = cache.get(properties)
  if (!names) {
    names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]))
    cache.set(properties, names)
  }
  return names
}

function mismatch(value: unknown, owner: string, path: string, expected: string): Error {
  const found = Array.isArray(value)
    ? 'array'
    : typeof value === 'boolean'
      ? 'bool'
      : value === null
        ? 'null'
        : typeof value
  const what = found === 'number' && expected === 'int64' ? `number ${String(value)}` : found
  const field = path === owner ? 'value' : `struct field ${path}`
  return invalid('body.type', `json: cannot unmarshal ${what} into Go ${field} of type ${expected}`)
}
