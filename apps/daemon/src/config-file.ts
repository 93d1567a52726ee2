import { readFileSync } from 'node:fs'
import { invalid, messageOf } from '@essaim/base'
import { settled, unsupported } from './dockerd-keys.js'
import { options, type Given, type Option } from './options.js'

const keyed: readonly Option[] = options.filter((option) => 'key' in option)

/** Reads a configuration file into what it gives. Errors name the file, and what is allowed. */
export function readConfigFile(path: string): Given {
  const refuse = (why: string): Error =>
    invalid('daemon.config-file', `unable to configure the daemon with file ${path}: ${why}`)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw refuse(messageOf(error))
  }
  try {
    return parseConfig(text)
  } catch (error) {
    throw refuse(messageOf(error))
  }
}

/** The pure part: JSON text to given values. An empty file gives nothing. */
export function parseConfig(text: string): Given {
  if (text.trim() === '') return new Map()
  const config: unknown = JSON.parse(text)
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw invalid('daemon.config-file', 'the file must hold one JSON object')
  }
  refuseOthers(config)
  const given: Given = new Map()
  for (const [key, value] of Object.entries(config)) {
    const option = keyed.find((each) => each.key === key)
    if (option) given.set(option.flag, valuesOf(option, key, value))
  }
  return given
}

/** Every key is one of ours, or says what is so anyway. */
function refuseOthers(config: object): void {
  const others = Object.entries(config).filter(([key]) => !keyed.some((option) => option.key === key))
  for (const [key, value] of others) {
    if (Object.hasOwn(settled, key) && value !== settled[key]) {
      const only = JSON.stringify(settled[key])
      throw invalid('daemon.config-settled', `${key} is always ${only} in essaimd, not ${JSON.stringify(value)}`)
    }
    if (unsupported.includes(key)) {
      throw invalid(
        'daemon.config-unsupported',
        `the directive ${key} of dockerd is not supported by essaimd: remove it`,
      )
    }
  }
  const unknown = others.map(([key]) => key).filter((key) => !Object.hasOwn(settled, key))
  if (unknown.length === 0) return
  const allowed = [...keyed.map((option) => option.key), ...Object.keys(settled)].join(', ')
  throw invalid(
    'daemon.config-key',
    `the following directives don't match any configuration option: ${unknown.join(', ')} (allowed: ${allowed})`,
  )
}

function valuesOf(option: Option, key: string, value: unknown): string[] {
  const wrong = (expected: string): Error =>
    invalid('daemon.config-type', `${key} must be ${expected}, not ${JSON.stringify(value)}`)
  let values: string[]
  switch (option.type) {
    case 'bool':
      if (typeof value !== 'boolean') throw wrong('true or false')
      return [String(value)]
    case 'string':
      values = [option.fromFile ? (option.fromFile(value) ?? '') : value].filter((item) => typeof item === 'string')
      if (values.length === 0 || values[0] === '') throw wrong(option.fromFile ? 'a number' : 'a string')
      break
    case 'list': {
      const { fromFile } = option
      if (option.pairs) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('an object of strings')
        values = Object.entries(value as Record<string, unknown>).map(([name, each]) => {
          if (typeof each !== 'string') throw wrong('an object of strings')
          return `${name}=${each}`
        })
        break
      }
      const items: unknown[] = Array.isArray(value)
        ? fromFile
          ? value.map((item) => fromFile(item))
          : value
        : [undefined]
      values = items.filter((item) => typeof item === 'string')
      if (values.length < items.length) throw wrong(fromFile ? 'a list of objects' : 'a list of strings')
      break
    }
  }
  for (const each of values) {
    const refusal = option.refuse?.(each)
    if (refusal !== undefined) throw invalid('daemon.config-value', `${key}: ${refusal}`)
  }
  return values
}
