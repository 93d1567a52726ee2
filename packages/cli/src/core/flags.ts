/** What a flag takes. A list may be given again and again; a bool may be given as `--name=false`. */
export interface Flag<T> {
  kind: 'bool' | 'text' | 'number' | 'list'
  help: string
  short?: string
  default: T
  /** What stands for the value in the help. */
  value?: string
}

export type Flags = Record<string, Flag<unknown>>
export type FlagValues<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never } & {
  /** Names of the flags that were typed. */
  given: ReadonlySet<string>
}

interface Extra {
  short?: string
  value?: string
}

export function bool(help: string, extra: Extra & { default?: boolean } = {}): Flag<boolean> {
  return { kind: 'bool', help, default: false, ...extra }
}

export function text(help: string, extra: Extra = {}): Flag<string | undefined> {
  return { kind: 'text', help, default: undefined, ...extra }
}

export function number(help: string, extra: Extra = {}): Flag<number | undefined> {
  return { kind: 'number', help, default: undefined, ...extra }
}

export function list(help: string, extra: Extra = {}): Flag<string[]> {
  return { kind: 'list', help, default: [], ...extra }
}
