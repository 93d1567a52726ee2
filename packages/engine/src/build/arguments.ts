import type { ImageConfig } from '@essaim/api-types'
import { variableOf } from './config.js'
import { parseError, type Statement } from './statement.js'
import { expand, splitWords, type Variables } from './words.js'

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

  constructor(private readonly given: Record<string, string | null>) {}

  /** An `ARG` before the first `FROM`. */
  declareGlobal(statement: Statement): void {
    for (const [name, value] of this.#read(statement, (key) => this.#globals.get(key))) this.#globals.set(name, value)
  }

  /** What `FROM` may refer to. */
  readonly global: Variables = (name) => this.#globals.get(name)

  /** A new stage knows none of the others' arguments. */
  enterStage(): void {
    this.#scope = new Map()
  }

  declare(statement: Statement, config: ImageConfig): void {
    for (const [name, value, plain] of this.#read(statement, this.variables(config))) {
      // Declared again without a value, an argument takes that of the global scope.
      this.#scope.set(name, value ?? (plain ? this.#globals.get(name) : undefined))
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
    return predefined.flatMap((name) => (this.given[name] ? [`${name}=${this.given[name]}`] : []))
  }

  /** Given, and asked for nowhere. */
  unused(): string[] {
    return Object.keys(this.given)
      .filter((name) => !this.#consumed.has(name))
      .toSorted()
  }

  #read({ text, line }: Statement, variables: Variables): [string, string | undefined, boolean][] {
    const words = splitWords(text)
    if (words.length === 0) throw parseError(line, 'ARG requires at least one argument')
    return words.map((word) => {
      const at = word.indexOf('=')
      const name = at < 0 ? word : word.slice(0, at)
      if (name === '') throw parseError(line, 'ARG names can not be blank')
      this.#consumed.add(name)
      const given = this.given[name]
      const value = at < 0 ? undefined : expand(word.slice(at + 1), variables)
      return [name, given ?? value, at < 0]
    })
  }
}
