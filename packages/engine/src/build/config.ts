import type { HealthConfig, ImageConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { posix } from 'node:path'
import { parseDuration } from './duration.js'
import { expand, parseJsonForm, parsePairs, splitWords, type Variables } from './words.js'

/** One line of a Dockerfile that sets something in the image's configuration. */
export interface Instruction {
  /** In capitals. */
  name: string
  text: string
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
export function applyInstruction(config: ImageConfig, { name, text }: Instruction, variables: Variables): ImageConfig {
  const value = (word: string): string => expand(word, variables)
  switch (name) {
    case 'CMD':
      return { ...config, Cmd: commandOf(config, text) }
    case 'ENTRYPOINT': {
      const { Cmd: _, ...rest } = config
      return { ...rest, Entrypoint: commandOf(config, text) }
    }
    case 'ENV':
      return parsePairs('ENV', text).reduce((before, [key, word]) => withEnv(before, value(key), value(word)), config)
    case 'LABEL': {
      const labels = parsePairs('LABEL', text).map(([key, word]) => [value(key), value(word)])
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(labels) } }
    }
    case 'EXPOSE': {
      const ports = splitWords(text).flatMap((word) => parsePorts(value(word)))
      return {
        ...config,
        ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) },
      }
    }
    case 'VOLUME': {
      const paths = (parseJsonForm(text) ?? splitWords(text)).map((word) => value(word).trim())
      if (paths.length === 0 || paths.includes(''))
        throw invalid('build.arguments', 'VOLUME specified can not be an empty string')
      return { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) } }
    }
    case 'WORKDIR':
      return { ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '', value(text)) }
    case 'USER':
      return { ...config, User: value(text) }
    case 'STOPSIGNAL':
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

/** `80`, `80/udp`, `8000-8010/tcp`. */
function parsePorts(text: string): string[] {
  const [, first = '', last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (first === '' || from > to || to > 65535) throw invalid('build.port', `invalid containerPort: ${text}`)
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`)
}

const times: Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
}

function parseHealthcheck(text: string): HealthConfig {
  const health: HealthConfig = {}
  let rest = text
  for (let flag = /^--([a-z-]+)=(\S+)\s+/.exec(rest); flag; flag = /^--([a-z-]+)=(\S+)\s+/.exec(rest)) {
    const [whole, name = '', value = ''] = flag
    const field = times[name]
    if (field !== undefined) health[field] = parseDuration(value)
    else if (name === 'retries' && /^\d+$/.test(value)) health.Retries = Number(value)
    else throw invalid('build.flag', `Unknown flag: ${name}`)
    rest = rest.slice(whole.length)
  }
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  switch (kind.toUpperCase()) {
    case 'NONE':
      return { Test: ['NONE'] }
    case 'CMD': {
      const json = parseJsonForm(command)
      if (command === '') throw invalid('build.arguments', 'Missing command after HEALTHCHECK CMD')
      return { ...health, Test: json ? ['CMD', ...json] : ['CMD-SHELL', command] }
    }
    default:
      throw invalid('build.arguments', `Unknown type ${JSON.stringify(kind)} in HEALTHCHECK (try CMD)`)
  }
}
