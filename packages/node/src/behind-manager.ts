import type { LogsOptions } from '@essaim/api-types'
import type { Operator, Noun } from './managers/operator.js'

/**
 * The operations on objects of the cluster under an object that outlives this node's managing: each call goes to the manager
 * of that moment, here or on another host, and is refused when this node is none.
 */
export function behindManager<T extends object>(
  noun: Noun,
  current: () => Operator | undefined,
  refusal: () => Error,
): T {
  return new Proxy({} as T, {
    get(_, name) {
      return async (...args: unknown[]): Promise<unknown> => {
        const operator = current()
        if (!operator) throw refusal()
        if (name !== 'logs') return operator.operate({ noun, name: String(name), args })
        const [ref, options, signal] = args as [string, LogsOptions, AbortSignal]
        return operator.logs(noun === 'tasks' ? noun : 'services', ref, options, signal)
      }
    },
  })
}
