import type { ImageConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { posix } from 'node:path'
import { parseSignal } from '../containers/signals.js'
import { expand, type Variables } from './expand.js'
import { parseHealthcheck } from './healthcheck.js'
import { parsePorts } from './ports.js'
import { parseJsonForm, parsePairs, splitWords } from './words.js'

/** One line of a Dockerfile that sets something in the image's configuration. */
export interface Instruction {
  /** In capitals. */
  name: string
  text: string
  /** The escape character; a backslash where none is given. */
  escape?: string
}

export const configInstructions = [
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
  'SHELL',
]

/** The configuration after `commit --change` and `import --change`. Throws Docker's messages. */
export function applyChanges(config: ImageConfig, changes: string[]): ImageConfig {
  let cmdSet = false
  return changes.reduce((before, change) => {
    const [, word = '', text = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(change) ?? []
    const name = word.toUpperCase()
    if (!configInstructions.includes(name) || name === 'SHELL') {
      throw invalid('image.change', `${word.toLowerCase()} is not a valid change command`)
    }
    cmdSet ||= name === 'CMD'
    const after = applyInstruction(before, { name, text: text.trim() }, (variable) => variableOf(before, variable))
    return name === 'ENTRYPOINT' && cmdSet && before.Cmd ? { ...after, Cmd: before.Cmd } : after
  }, config)
}

/** A new configuration; `variables` are what the text may refer to. An entrypoint takes the inherited command away. */
export function applyInstruction(
  config: ImageConfig,
  { name, text, escape }: Instruction,
  variables: Variables,
): ImageConfig {
  const value = (word: string): string => expand(word, variables, escape)
  switch (name) {
    case 'CMD':
      return { ...config, Cmd: commandOf(config, text) }
    case 'ENTRYPOINT': {
      const { Cmd: _, ...rest } = config
      return { ...rest, Entrypoint: commandOf(config, text) }
    }
    case 'ENV':
      return parsePairs(name, text, escape).reduce(
        (before, [key, word]) => withEnv(before, value(key), value(word)),
        config,
      )
    case 'LABEL': {
      const labels = parsePairs(name, text, escape).map(([key, word]) => [value(key), value(word)])
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(labels) } }
    }
    case 'EXPOSE': {
      const ports = wordsOf(text, escape)
        .map(value)
        .filter((word) => word !== '')
        .flatMap(parsePorts)
      return {
        ...config,
        ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) },
      }
    }
    case 'VOLUME': {
      const paths = wordsOf(text, escape).map((word) => value(word).trim())
      if (paths.length === 0 || paths.includes(''))
        throw invalid('build.arguments', 'VOLUME specified can not be an empty string')
      return { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) } }
    }
    case 'WORKDIR': {
      const path = value(text)
      if (path === '') throw invalid('build.arguments', 'cannot normalize nothing')
      return { ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '', path) }
    }
    case 'USER':
      return { ...config, User: value(text) }
    case 'STOPSIGNAL':
      parseSignal(value(text))
      return { ...config, StopSignal: value(text) }
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), text] }
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: parseHealthcheck(text) }
    case 'SHELL': {
      const shell = parseJsonForm(text)
      if (!shell || shell.length === 0)
        throw invalid('build.arguments', 'SHELL requires the arguments to be in JSON form')
      return { ...config, Shell: shell }
    }
    default:
      throw invalid('build.unknown-instruction', `unknown instruction: ${name}`)
  }
}

/** The words of an instruction that takes a list, in either form. */
export function wordsOf(text: string, escape?: string): string[] {
  return parseJsonForm(text) ?? splitWords(text, escape)
}

/** The exec form as it is; a line for the shell with the shell before it. */
export function commandOf(config: ImageConfig, text: string): string[] {
  const json = parseJsonForm(text)
  if (json) return json
  return text === '' ? [] : [...(config.Shell ?? ['/bin/sh', '-c']), text]
}

export function withEnv(config: ImageConfig, key: string, value: string): ImageConfig {
  const others = config.Env ?? []
  const at = others.findIndex((entry) => entry.startsWith(`${key}=`))
  const entry = `${key}=${value}`
  return { ...config, Env: at < 0 ? [...others, entry] : others.with(at, entry) }
}

export function variableOf(config: ImageConfig, name: string): string | undefined {
  return config.Env?.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
}
