import { invalid } from '@essaim/base'
import type { HostConfig } from '@essaim/api-types'
import { remoteDrivers } from './remote/drivers.js'
import type { RemoteDriver } from './remote/sink.js'
import { parseBool, parseFileSize, parseMemorySize } from './sizes.js'
import { patternOf } from './attributes.js'
import { checkTag } from './tag.js'

/** What is kept on this host. */
export interface FileSettings {
  /** False keeps nothing. */
  keep: boolean
  /** Bytes after which a file is rotated; undefined for never. */
  maxSize?: number
  maxFiles: number
  /** Of files that were rotated. */
  compress: boolean
}

/** What the log of one container is to be. */
export interface LogSettings {
  driver: string
  /** The log itself, or for a driver that sends lines away the copy that `docker logs` reads. */
  file: FileSettings
  remote?: RemoteDriver
  options: Record<string, string>
  /** Bytes to hold for a slow reader before lines are dropped; undefined makes the writer wait. */
  maxBuffer?: number
}

export type LogConfig = NonNullable<HostConfig['LogConfig']>

const attributes = ['labels', 'labels-regex', 'env', 'env-regex', 'tag']
const onFiles: Record<string, readonly string[]> = {
  'json-file': ['max-size', 'max-file', 'compress', ...attributes],
  local: ['max-size', 'max-file', 'compress'],
}
/** Every driver takes these. */
const general = ['mode', 'max-buffer-size', 'cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']

/** Docker's of the `local` driver and of the copy that is kept of a log that goes elsewhere. */
const localDefaults = { 'max-size': '20971520', 'max-file': '5', compress: 'true' }

/** Docker's buffer of a log that must not hold up the writer. */
const defaultBuffer = 1_000_000

export const logDrivers = ['json-file', 'local', 'none', ...Object.keys(remoteDrivers)].toSorted()

/** Checks a log configuration in Docker's words and works out what it means. */
export function logSettings(log: LogConfig | undefined): LogSettings {
  const driver: string = log?.Type || 'json-file'
  const options = log?.Config ?? {}
  const remote = Object.hasOwn(remoteDrivers, driver) ? remoteDrivers[driver] : undefined
  const known = remote?.options ?? (driver === 'none' ? [] : onFiles[driver])
  if (!known) {
    throw invalid('container.log-driver', `error looking up logging plugin ${driver}: plugin "${driver}" not found`, {
      hint: `use one of ${logDrivers.join(', ')}`,
    })
  }
  const maxBuffer = bufferOf(options)
  if (driver === 'none') return { driver, file: { keep: false, maxFiles: 1, compress: false }, options: {} }
  for (const name of Object.keys(options)) {
    if (!known.includes(name) && !general.includes(name)) throw unknownOption(driver, name)
  }
  for (const name of ['labels-regex', 'env-regex']) patternOf(options[name] ?? '')
  checkTag(options['tag'] ?? '')
  remote?.check(options)
  const file = remote ? cacheOf(options) : driver === 'local' ? fileOf(options, localDefaults) : fileOf(options)
  return { driver, file, options, ...(remote && { remote }), ...(maxBuffer !== undefined && { maxBuffer }) }
}

/** Each driver of Docker's has its own way to say it. */
function unknownOption(driver: string, name: string): Error {
  const words: Record<string, string> = {
    local: `unknown log opt '${name}' for log driver local`,
    gelf: `unknown log opt "${name}" for gelf log driver`,
  }
  return invalid('container.log-opt', words[driver] ?? `unknown log opt '${name}' for ${driver} log driver`)
}

function bufferOf(options: Record<string, string>): number | undefined {
  const { mode = '', 'max-buffer-size': size } = options
  if (!['', 'blocking', 'non-blocking'].includes(mode)) {
    throw invalid('container.log-opt', `logger: logging mode not supported: ${mode}`, {
      hint: 'use blocking or non-blocking',
    })
  }
  if (mode !== 'non-blocking') {
    if (size === undefined) return undefined
    throw invalid('container.log-opt', "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
  }
  return size === undefined ? defaultBuffer : parseMemorySize(size)
}

function cacheOf(options: Record<string, string>): FileSettings {
  const of = (name: string): Record<string, string> => {
    const value = options[`cache-${name}`]
    return value === undefined ? {} : { [name]: value }
  }
  const disabled = parseBool(options['cache-disabled'] ?? 'false')
  return {
    ...fileOf({ ...of('max-size'), ...of('max-file'), ...of('compress') }, localDefaults),
    keep: !disabled,
  }
}

function fileOf(given: Record<string, string>, defaults: Record<string, string> = {}): FileSettings {
  const { 'max-size': size, 'max-file': files = '1', compress: squeeze = 'false' } = { ...defaults, ...given }
  const maxSize = size === undefined || size === '-1' ? undefined : parseFileSize(size)
  if (maxSize === 0) throw invalid('container.log-opt', 'max-size must be a positive number')
  if (!/^\d+$/.test(files)) {
    throw invalid('container.log-opt', `strconv.Atoi: parsing "${files}": invalid syntax`)
  }
  const maxFiles = Number(files)
  if (maxFiles < 1) throw invalid('container.log-opt', 'max-file cannot be less than 1')
  const rotates = maxFiles > 1 && maxSize !== undefined
  const compress = parseBool(squeeze)
  if (compress && !rotates && given['compress'] !== undefined) {
    throw invalid('container.log-opt', 'compress cannot be true when max-file is less than 2 or max-size is not set')
  }
  return { keep: true, maxFiles, compress: compress && rotates, ...(maxSize !== undefined && { maxSize }) }
}
