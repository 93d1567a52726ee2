import { notManager } from './messages.js'

/**
 * The operations of a manager under an object that outlives it: each call goes to the manager of that moment, and is
 * refused with Docker's message when there is none.
 */
export function behindManager<T extends object>(current: () => T | undefined): T {
  return new Proxy({} as T, {
    get(_, name) {
      return async (...args: unknown[]): Promise<unknown> => {
        const target = current()
        if (!target) throw notManager()
        const operation: unknown = Reflect.get(target, name)
        if (typeof operation !== 'function') throw new TypeError(`no operation ${String(name)}`)
        return (await Reflect.apply(operation, target, args)) as unknown
      }
    },
  })
}
