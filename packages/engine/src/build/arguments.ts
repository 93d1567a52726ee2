import type { ImageConfig } from '@essaim/api-types'
import { variableOf } from './config.js'
import { expand, type Variables } from './expand.js'
import { hostPlatform, formatPlatform, type Platform } from '../images/platform.js'
import type { Statement } from './statement.js'
import { splitWords } from './words.js'

/** Known without being declared, and without effect on the cache (Dockerfile reference, "Predefined ARGs"). */
const predefined = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
])

/** The build arguments: those given with the build, and those that are in scope at a place of the Dockerfile. */
export class BuildArguments {
  readonly #globals = new Map<string, string | undefined>()
  readonly #consumed = new Set<string>(predefined)
  #scope = new Map<string, string | undefined>()

  readonly #given: Map<string, string | null>
  readonly #platforms: Map<string, string>

  /** `target` is the platform that the image is for. */
  constructor(given: Record<string, string | null>, target: Platform = hostPlatform()) {
    this.#given = new Map(Object.entries(given))
    this.#platforms = new Map([...platformArguments('BUILD', hostPlatform()), ...platformArguments('TARGET', target)])
  }

  /** An `ARG` before the first `FROM`. */
  declareGlobal(statement: Statement): void {
    for (const [name, value] of this.#read(statement, this.global)) this.#globals.set(name, value)
  }

  /** What `FROM` may refer to. */
  readonly global: Variables = (name) => this.#globals.get(name) ?? this.#platforms.get(name)

  /** A new stage knows none of the others' arguments. */
  enterStage(): void {
    this.#scope = new Map()
  }

  declare(statement: Statement, config: ImageConfig): void {
    for (const [name, value, plain] of this.#read(statement, this.variables(config))) {
      // Declared again without a value, an argument takes that of the global scope.
      this.#scope.set(name, value ?? (plain ? this.global(name) : undefined))
    }
  }

  /** The environment's word counts more than an argument's. */
  variables(config: ImageConfig): Variables {
    return (name) => variableOf(config, name) ?? this.#scope.get(name)
  }

  /** `NAME=value` of all that is in scope and not hidden by the environment, for a command that runs. */
  environment(config: ImageConfig): string[] {
    const declared = [...this.#scope].filter(
      ([name, value]) => value !== undefined && variableOf(config, name) === undefined,
    )
    return declared.map(([name, value]) => `${name}=${value}`).toSorted()
  }

  /** Proxies that were given: for commands, not for the cache. */
  proxies(): string[] {
    return predefined.flatMap((name) => {
      const value = this.#given.get(name) ?? ''
      return value === '' ? [] : [`${name}=${value}`]
    })
  }

  /** Given, and asked for nowhere. */
  unused(): string[] {
    return [...this.#given.keys()].filter((name) => !this.#consumed.has(name)).toSorted()
  }

  #read({ text, escape }: Statement, variables: Variables): [string, string | undefined, boolean][] {
    return splitWords(text, escape).map((word) => {
      const at = word.indexOf('=')
      const name = at < 0 ? word : word.slice(0, at)
      this.#consumed.add(name)
      const given = this.#given.get(name)
      const value = at < 0 ? undefined : expand(word.slice(at + 1), variables, escape)
      return [name, given ?? value, at < 0]
    })
  }
}

/** Known without a value of the user's, once they are declared (Dockerfile reference, "Automatic platform ARGs"). */
function platformArguments(prefix: string, platform: Platform): [string, string][] {
  const { os, architecture, variant = '' } = platform
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant],
  ]
}
