import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { repositoryRoot } from '@essaim/testing'
import { parse } from 'yaml'
import type { ValidateFunction } from 'ajv/dist/2019.js'
import { correct, type Document } from './corrections.js'
import { problemsOf, Schemas } from './schema.js'

export interface Operation {
  id: string
  method: string
  pattern: RegExp
  responses: Map<number, ValidateFunction | undefined>
}

/** The Engine API's specification, as its project publishes it. */
const specPath = resolve(repositoryRoot, '../shared/reference/docker-api-v1.51.yaml')
export const specMissing = existsSync(specPath) ? false : `${specPath} is not there`

export class Specification {
  readonly operations: Operation[] = []
  readonly #schemas: Schemas
  readonly #called = new Set<string>()
  readonly #seen = new Set<string>()

  constructor(path = specPath) {
    const document = parse(readFileSync(path, 'utf8')) as Document
    correct(document)
    this.#schemas = new Schemas(document.definitions)
    for (const [template, methods] of Object.entries(document.paths)) {
      for (const [method, { operationId, responses }] of Object.entries(methods)) {
        // Names of images have slashes.
        const source = template.replace(/\{name\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')
        const entries = Object.entries(responses).map(
          ([status, { schema }]): [number, ValidateFunction | undefined] => {
            return [Number(status), schema && schema.type !== 'string' ? this.#schemas.compile(schema) : undefined]
          },
        )
        const pattern = new RegExp(`^${source}$`)
        this.operations.push({ id: operationId, method: method.toUpperCase(), pattern, responses: new Map(entries) })
      }
    }
    // `/images/get` before `/images/{name}/get`, and so on.
    this.operations.sort((a, b) => wildcards(a.pattern) - wildcards(b.pattern))
  }

  /** What an answer has that the specification does not allow, or lacks that it demands. Remembers that it was called. */
  check(method: string, path: string, status: number, value: unknown): string[] {
    const operation = this.operations.find((each) => each.method === method && each.pattern.test(path))
    if (!operation) return [`${method} ${path} is not in the specification`]
    const validate = operation.responses.get(status)
    if (status < 400) this.#called.add(operation.id)
    this.#seen.add(`${operation.id} ${status}`)
    // Some statuses are in Docker's answers and not in its specification: 400 and 409 above all.
    if (!operation.responses.has(status) && status < 400) return [`${operation.id} does not answer ${status}`]
    if (status >= 400 && method !== 'HEAD' && (value === null || typeof value !== 'object' || !('message' in value))) {
      return [`${operation.id} answered ${status} without a message`]
    }
    if (!validate || value === undefined || status >= 400) return []
    return problemsOf(validate, value).map((problem) => `${operation.id} ${status}: ${problem}`)
  }

  /** Documented refusals, such as `ContainerStart 404`, that no call has met. 500 is nobody's to provoke. */
  unprovoked(): string[] {
    return this.operations.flatMap(({ id, responses }) => {
      const refusals = [...responses.keys()].filter((status) => status === 304 || (status >= 400 && status !== 500))
      return refusals.map((status) => `${id} ${status}`).filter((refusal) => !this.#seen.has(refusal))
    })
  }

  /** Operations that no call has succeeded with. */
  uncalled(): string[] {
    return this.operations.map(({ id }) => id).filter((id) => !this.#called.has(id))
  }
}

const wildcards = (pattern: RegExp): number => pattern.source.split('+').length
