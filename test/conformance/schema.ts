import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js'

/** A schema object of Swagger 2.0. */
export interface SwaggerSchema {
  $ref?: string
  type?: string
  allOf?: SwaggerSchema[]
  properties?: Record<string, SwaggerSchema>
  required?: string[]
  additionalProperties?: SwaggerSchema | boolean
  items?: SwaggerSchema
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  'x-nullable'?: boolean
}

type JsonSchema = Record<string, unknown>

/**
 * Turns Swagger's schemas into JSON Schema. Objects are closed: a field that the specification does not name is an
 * error, so that nothing of the inside leaks. Lists and maps may be null: Go answers an absent one so.
 */
export class Schemas {
  readonly #ajv = new Ajv2019({ strict: false, allErrors: true })

  constructor(definitions: Record<string, SwaggerSchema>) {
    const closed = Object.entries(definitions).map(([name, schema]) => [name, convert(schema, true)])
    const open = Object.entries(definitions).map(([name, schema]) => [name, convert(schema, false)])
    this.#ajv.addSchema({ $id: 'docker', closed: Object.fromEntries(closed), open: Object.fromEntries(open) })
  }

  compile(schema: SwaggerSchema): ValidateFunction {
    return this.#ajv.compile(convert(schema, true))
  }
}

/** What is wrong with `value`, a line a problem; empty when nothing is. */
export function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return []
  const errors = validate.errors ?? []
  // `anyOf` only says again that its null branch did not fit either.
  return errors
    .filter((error) => error.keyword !== 'anyOf' && !(error.keyword === 'type' && error.params['type'] === 'null'))
    .map((error) => {
      const extra = error.params['unevaluatedProperty'] as string | undefined
      return `${error.instancePath || '/'} ${error.message ?? ''}${extra === undefined ? '' : ` (${extra})`}`
    })
}

function convert(schema: SwaggerSchema, close: boolean): JsonSchema {
  const isCollection =
    schema.type === 'array' || (schema.type === 'object' && schema.additionalProperties !== undefined)
  const nullable = schema['x-nullable'] === true || isCollection
  const plain = convertPlain(schema, close)
  return nullable ? { anyOf: [{ type: 'null' }, plain] } : plain
}

function convertPlain(schema: SwaggerSchema, close: boolean): JsonSchema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '')
    // Docker answers a pointer to nothing as null.
    return { anyOf: [{ type: 'null' }, { $ref: `docker#/${close ? 'closed' : 'open'}/${name}` }] }
  }
  const out: JsonSchema = {}
  if (schema.type !== undefined) out['type'] = schema.type
  // The empty string stands for "not set" in every enumeration.
  if (schema.enum) out['enum'] = [...schema.enum, '']
  for (const name of ['required', 'minimum', 'maximum', 'minItems', 'maxItems', 'pattern'] as const) {
    if (schema[name] !== undefined) out[name] = schema[name]
  }
  if (schema.items) out['items'] = convert(schema.items, true)
  if (schema.allOf) out['allOf'] = schema.allOf.map((part) => convert(part, false))
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([name, part]) => [name, convert(part, true)])
    out['properties'] = Object.fromEntries(entries)
  }
  if (typeof schema.additionalProperties === 'object') {
    out['additionalProperties'] = convert(schema.additionalProperties, true)
  } else if (close && (schema.properties || schema.allOf)) {
    out['unevaluatedProperties'] = false
  }
  return out
}
