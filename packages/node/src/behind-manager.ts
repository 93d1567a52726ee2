/**
 * The operations of a manager under an object that outlives it: each call goes to the manager of that moment, and is
 * refused when there is none.
 */
export function behindManager<T extends object>(current: () => T | undefined, refusal: () => Error): T {
  return new Proxy({} as T, {
    get(_, name) {
      return async (...args: unknown[]): Promise<unknown> => {
        const target = current()
        if (!target) throw refusal()
        const operation: unknown = Reflect.get(target, name)
        if (typeof operation !== 'function') throw new TypeError(`no operation ${String(name)}`)
        return (await Reflect.apply(operation, target, args)) as unknown
      }
    },
  })
}
