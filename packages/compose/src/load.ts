import { invalid } from '@essaim/base'
import { join } from 'node:path'
import { resolveEnvironment, type Surroundings } from './environment.js'
import { mergeModels } from './merge.js'
import { composeFile, type ComposeModel } from './shape/compose-file.js'
import { parseDotEnv } from './source/dot-env.js'
import { parseSource } from './source/parse.js'
import { ignoredKeys } from './warnings.js'

export interface ComposeInput {
  /** At least one; a later one is laid over those before it. */
  files: { name: string; text: string }[]
  /** The shell's variables; they come before those of a `.env` file in `directory`. */
  env: Record<string, string | undefined>
  /** What relative paths start from: the folder of the first file. */
  directory: string
  /** undefined where there is no such file. */
  read(path: string): Uint8Array | undefined
  /** Services with `profiles` take part only when one of them is named here (or in COMPOSE_PROFILES); `*` is all. */
  profiles?: string[]
}

export interface Loaded {
  model: ComposeModel
  /** Texts for the user, each with its line ends. */
  warnings: string[]
  around: Surroundings
}

/** Reads, fills in, checks and merges the files. Nothing is read but through `input.read`. */
export function load(input: ComposeInput): Loaded {
  const around = surroundingsOf(input)
  const warnings = new Set<string>()
  const unset = new Set<string>()
  const variables = { get: (name: string) => around.lookup(name), missing: (name: string) => void unset.add(name) }

  const sources = input.files.map(({ name, text }) => parseSource(name, text, variables))
  const models = sources.map((source) => {
    const model = composeFile(source, { path: '', warn: (text) => warnings.add(text) })
    return mapServices(model, (service) => resolveEnvironment(service, around))
  })
  const [first, ...rest] = models
  if (!first) throw invalid('compose.no-file', 'no Compose file is given', { hint: 'name one with -c FILE' })
  const merged = rest.reduce(mergeModels, first)
  const missing = [...unset].map((name) => `The "${name}" variable is not set. Defaulting to a blank string.`)
  return {
    model: withProfiles(merged, input.profiles ?? around.lookup('COMPOSE_PROFILES')?.split(',') ?? []),
    warnings: [...missing, ...warnings, ...ignoredKeys(sources)],
    around,
  }
}

function surroundingsOf(input: ComposeInput): Surroundings {
  const dotEnv = input.read(join(input.directory, '.env'))
  const extra = dotEnv ? parseDotEnv('.env', Buffer.from(dotEnv).toString()) : new Map<string, string>()
  return {
    lookup: (name) => input.env[name] ?? extra.get(name),
    directory: input.directory,
    read: (path) => input.read(path),
  }
}

type Services = NonNullable<ComposeModel['services']>
type Service = Services[string]['value']

function mapServices(model: ComposeModel, change: (service: Service) => Service): ComposeModel {
  const services = Object.entries(model.services ?? {})
  return {
    ...model,
    services: Object.fromEntries(services.map(([name, s]) => [name, { ...s, value: change(s.value) }])),
  }
}

function withProfiles(model: ComposeModel, active: string[]): ComposeModel {
  const kept = Object.entries(model.services ?? {}).filter(([, { value }]) => {
    const wanted = value.profiles ?? []
    return wanted.length === 0 || active.includes('*') || wanted.some((profile) => active.includes(profile))
  })
  return { ...model, services: Object.fromEntries(kept) }
}
