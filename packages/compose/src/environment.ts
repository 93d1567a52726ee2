import { resolve } from 'node:path'
import { problem } from './problem.js'
import type { Located } from './read/reader.js'
import type { ServiceModel } from './shape/service.js'
import { parseEnvFile } from './source/env-file.js'

export interface Surroundings {
  /** A variable of the shell, or else of `.env`. */
  lookup(name: string): string | undefined
  /** What relative paths start from. */
  directory: string
  /** undefined where there is no such file. */
  read(path: string): Uint8Array | undefined
}

/**
 * The service with its env_file read into `environment`. A name without a value (or with an empty one) takes the
 * surrounding variable where there is one, as in the stock CLI.
 */
export function resolveEnvironment(service: ServiceModel, around: Surroundings): ServiceModel {
  const { env_file: files, ...rest } = service
  if (!files && !service.environment) return rest
  const resolved: Record<string, string | null> = {}
  const take = (pairs: Iterable<[string, string | null]>): void => {
    for (const [name, value] of pairs) resolved[name] = (value || around.lookup(name)) ?? value
  }
  for (const file of files ?? []) take(readEnvFile(file, around))
  take(Object.entries(service.environment ?? {}))
  return { ...rest, environment: resolved }
}

function readEnvFile(
  { value, at, path }: NonNullable<ServiceModel['env_file']>[number],
  around: Surroundings,
): Map<string, string> {
  const data = around.read(resolve(around.directory, value.path))
  if (data !== undefined) return parseEnvFile(value.path, Buffer.from(data).toString(), (name) => around.lookup(name))
  if (!value.required) return new Map()
  throw problem(at, path, `there is no file ${JSON.stringify(value.path)} in ${around.directory}`)
}

/** The bytes of a file that the Compose file names. */
export function readNamed(file: string, named: Located<unknown>, around: Surroundings): Uint8Array {
  const data = around.read(resolve(around.directory, file))
  if (data !== undefined) return data
  throw problem(named.at, `${named.path}.file`, `there is no file ${JSON.stringify(file)} in ${around.directory}`)
}
