import { invalid } from '@essaim/base'
import type { ContainerConfig, HostConfig } from '@essaim/api-types'

/** What the log of one container is to be. `none` keeps nothing. */
export interface LogSettings {
  driver: 'json-file' | 'local' | 'none'
  /** Bytes after which a file is rotated; undefined for never. */
  maxSize?: number
  maxFiles: number
  /** Written with every entry, shown by `docker logs --details`. */
  attributes?: Record<string, string>
}

const known: Record<LogSettings['driver'], string[]> = {
  'json-file': ['max-size', 'max-file', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: ['max-size', 'max-file', 'compress'],
  none: [],
}

/** Docker's sizes for the `local` driver. */
const localDefaults = { 'max-size': '20m', 'max-file': '5' }

/** Checks a container's log configuration in Docker's words and works out what it means. */
export function logSettings(config: ContainerConfig, log: HostConfig['LogConfig']): LogSettings {
  const driver = log?.Type || 'json-file'
  if (driver !== 'json-file' && driver !== 'local' && driver !== 'none') {
    throw invalid('container.log-driver', `logger: no log driver named '${driver}' is registered`, {
      hint: "Use 'json-file', 'local' or 'none'.",
    })
  }
  const options = log?.Config ?? {}
  for (const name of Object.keys(options)) {
    if (!known[driver].includes(name) && driver !== 'none') {
      throw invalid('container.log-opt', `unknown log opt '${name}' for ${driver} log driver`)
    }
  }
  if (options['compress'] === 'true') {
    throw invalid('container.log-opt', "log opt 'compress' can only be 'false': rotated files are kept as they are")
  }
  const wanted = driver === 'local' ? { ...localDefaults, ...options } : options
  const size = wanted['max-size']
  const maxSize = size === undefined || size === '-1' ? undefined : parseSize(size)
  const files = Number(wanted['max-file'] ?? '1')
  if (!Number.isInteger(files) || files < 1) {
    throw invalid('container.log-opt', `max-file cannot be less than 1`)
  }
  if (maxSize === undefined && wanted['max-file'] !== undefined && files > 1) {
    throw invalid('container.log-opt', `max-file option requires max-size to be set`)
  }
  const attributes = attributesOf(config, options)
  return {
    driver,
    maxFiles: files,
    ...(maxSize !== undefined && { maxSize }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  }
}

/** Docker's human sizes, in powers of 1024: `10m`, `1.5g`, `512`. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text)
  if (!match) throw invalid('size', `invalid size: '${text}'`)
  const power = ' kmgtp'.indexOf((match[2] || ' ').toLowerCase())
  return Math.floor(Number(match[1]) * 1024 ** power)
}

function attributesOf(config: ContainerConfig, options: Record<string, string>): Record<string, string> {
  const env = Object.fromEntries(
    (config.Env ?? []).map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  )
  const pick = (
    all: Record<string, string>,
    names: string | undefined,
    regex: string | undefined,
  ): [string, string][] =>
    Object.entries(all).filter(
      ([name]) => names?.split(',').includes(name) || (regex !== undefined && new RegExp(regex).test(name)),
    )
  return Object.fromEntries([
    ...pick(config.Labels ?? {}, options['labels'], options['labels-regex']),
    ...pick(env, options['env'], options['env-regex']),
    ...(options['tag'] ? [['tag', options['tag']] as const] : []),
  ])
}
