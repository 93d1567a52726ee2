import { invalid } from '@essaim/base'
import type { Static, TSchema } from './type.js'

interface Shape {
  type?: string
  /** Go's name of an object's type, `container.HostConfig`, for refusals. */
  title?: string
  /** One plain string is read as a list of it. */
  acceptsString?: boolean
  /** 0 for Go's unsigned numbers. */
  minimum?: number
  properties?: Record<string, Shape>
  patternProperties?: Record<string, Shape>
  items?: Shape
}

/**
 * Reads `value` as Go's encoding/json would read it into the schema's type: keys match without regard to case, unknown
 * keys are dropped, null leaves a field out. A value of another type is refused with Go's wording and the field's path;
 * `root` is Go's name of the outermost type where the schema has no title.
 */
export function decode<T extends TSchema>(schema: T, value: unknown, root = ''): Static<T> {
  return read(schema as Shape, value, root, '') as Static<T>
}

/** `owner` is Go's name of the struct that the value stands in, `path` the way to it from the root. */
function read(shape: Shape, value: unknown, owner: string, path: string): unknown {
  switch (shape.type) {
    case undefined:
      return value
    case 'object':
      return readObject(shape, value, owner, path)
    case 'array':
      if (shape.acceptsString && typeof value === 'string') return [value]
      if (!Array.isArray(value)) throw mismatch(value, owner, path, goType(shape))
      return value.filter((item) => item !== null).map((item) => read(shape.items ?? {}, item, owner, path))
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, owner, path, goType(shape))
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, owner, path, goType(shape))
      return value
    case 'integer':
      if (!isInteger(value) || (shape.minimum === 0 && value < 0)) throw mismatch(value, owner, path, goType(shape))
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, owner, path, goType(shape))
      return value
    default:
      return value
  }
}

function readObject(shape: Shape, value: unknown, owner: string, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch(value, owner, path, goType(shape))
  }
  if (!shape.properties) {
    const each = Object.values(shape.patternProperties ?? {})[0] ?? {}
    const entries = Object.entries(value).map(([key, item]) => {
      // Go leaves the zero value where null stands: `{"80/tcp": null}` in ExposedPorts, PortBindings, Volumes.
      return [key, item === null ? zeroOf(each) : read(each, item, owner, path)]
    })
    return Object.fromEntries(entries)
  }
  const names = namesOf(shape.properties)
  const struct = shape.title?.replace(/^.*\./, '') ?? owner
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(shape.properties, key) ? key : names.get(key.toLowerCase())
    const field = name === undefined ? undefined : shape.properties[name]
    if (name === undefined || field === undefined || item === null) continue
    out[name] = read(field, item, struct, path === '' ? name : `${path}.${name}`)
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

const isInteger = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)

function zeroOf(shape: Shape): unknown {
  switch (shape.type) {
    case 'object':
      return {}
    case 'array':
      return []
    case 'string':
      return ''
    default:
      return null
  }
}

/** The Go type that a shape stands for. A list that may be one string says what its items are, as Docker's does. */
function goType(shape: Shape): string {
  switch (shape.type) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'integer':
      return shape.minimum === 0 ? 'uint64' : 'int64'
    case 'number':
      return 'float64'
    case 'array':
      return (shape.acceptsString ? '' : '[]') + goType(shape.items ?? {})
    case 'object':
      return shape.properties
        ? (shape.title ?? 'struct')
        : `map[string]${goType(Object.values(shape.patternProperties ?? {})[0] ?? {})}`
    default:
      return 'interface {}'
  }
}

function mismatch(value: unknown, owner: string, path: string, expected: string): Error {
  const fraction = typeof value === 'number' && expected.endsWith('int64')
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const found = value === null ? 'null' : fraction ? `number ${String(value)}` : kind
  const where = path === '' ? 'value' : `struct field ${owner === '' ? path : `${owner}.${path}`}`
  return invalid('body.type', `json: cannot unmarshal ${found} into Go ${where} of type ${expected}`)
}
