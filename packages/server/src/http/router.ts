import type { Answer } from './answer.js'
import type { Call } from './call.js'

export type Handler = (call: Call) => Promise<Answer> | Answer

export interface Route {
  method: string
  /** Matches the decoded path without its version prefix. */
  pattern: RegExp
  names: string[]
  handler: Handler
}

export interface Match {
  handler: Handler
  params: Record<string, string>
}

/**
 * One route. `{name}` stands for one segment, `{name:path}` for anything, slashes included: names of images and of
 * linked containers have them.
 */
export function route(method: string, path: string, handler: Handler): Route {
  const names: string[] = []
  const source = path.replace(/\{(\w+)(:path)?\}/g, (_, name: string, slashes: string | undefined) => {
    names.push(name)
    return slashes ? '(.+)' : '([^/]+)'
  })
  return { method, pattern: new RegExp(`^${source}$`, 's'), names, handler }
}

/** The first route that fits, as they stand: the more exact path stands before the wider one. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  for (const { method: wanted, pattern, names, handler } of routes) {
    if (wanted !== method) continue
    const found = pattern.exec(path)
    if (!found) continue
    return { handler, params: Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])) }
  }
  return undefined
}

/** Splits `/v1.41/containers/json` into the asked version and the rest. */
export function splitVersion(path: string): { asked: string | undefined; rest: string } {
  const found = /^\/v([0-9][0-9.]*)(\/.*)$/s.exec(path)
  return found ? { asked: found[1], rest: found[2] ?? '/' } : { asked: undefined, rest: path }
}
