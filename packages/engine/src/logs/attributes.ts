import { invalid } from '@essaim/base'
import type { LogSource } from './source.js'
import { logTag } from './tag.js'

/** The labels and variables that `labels`, `labels-regex`, `env` and `env-regex` choose. */
export function chosenAttributes(source: LogSource, options: Record<string, string>): Record<string, string> {
  const env = source.env.map((pair): [string, string] => [
    pair.split('=', 1)[0] ?? '',
    pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '',
  ])
  return Object.fromEntries([
    ...pick(Object.entries(source.labels), options['labels'], options['labels-regex']),
    ...pick(env, options['env'], options['env-regex']),
  ])
}

/** What a json-file log tells of its container besides: a tag only where one is asked for. */
export function fileAttributes(source: LogSource, options: Record<string, string>): Record<string, string> {
  const { tag = '' } = options
  return { ...chosenAttributes(source, options), ...(tag !== '' && { tag: logTag(tag, source) }) }
}

function pick(all: [string, string][], names = '', regex = ''): [string, string][] {
  const named = names.split(',')
  const pattern = regex === '' ? undefined : patternOf(regex)
  return all.filter(([name]) => named.includes(name) || pattern?.test(name))
}

/** Throws where the expression is none. */
export function patternOf(regex: string): RegExp {
  try {
    return new RegExp(regex)
  } catch (cause) {
    throw invalid('container.log-opt', `error parsing regexp: \`${regex}\`: ${(cause as Error).message}`, { cause })
  }
}
