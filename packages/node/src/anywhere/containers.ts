import type { Runtime } from '@essaim/agent'
import { findElsewhere, hereOr, type Elsewhere, type RemoteContainer } from './remote.js'

type Local = Runtime['containers']

/**
 * Containers of this host; what can be seen of a task's container on another node is answered on a manager too: inspect,
 * logs, processes, changes. `local` keeps all of its other operations.
 */
export function containersAnywhere<T extends Local>(local: T, elsewhere: () => Elsewhere | undefined): T {
  const there = <R>(
    ref: string,
    ask: (found: RemoteContainer, from: Elsewhere) => Promise<R>,
  ): Promise<R> | undefined => {
    const from = elsewhere()
    const found = findElsewhere(from, ref)
    return from && found && ask(found, from)
  }
  const seen: Pick<Local, 'inspect' | 'logs' | 'top' | 'changes'> = {
    inspect: (ref, options) =>
      hereOr(
        () => local.inspect(ref, options),
        () => there(ref, ({ nodeId, containerId }, { calls }) => calls.ask(nodeId, 'container.inspect', [containerId])),
      ),
    top: (ref, args) =>
      hereOr(
        () => local.top(ref, args),
        () =>
          there(ref, ({ nodeId, containerId }, { calls }) => calls.ask(nodeId, 'container.top', [containerId, args])),
      ),
    changes: (ref) =>
      hereOr(
        () => local.changes(ref),
        () => there(ref, ({ nodeId, containerId }, { calls }) => calls.ask(nodeId, 'container.changes', [containerId])),
      ),
    logs: (ref, options, signal) =>
      hereOr(
        () => local.logs(ref, options, signal),
        () => there(ref, ({ task }, { tasks }) => tasks.logs(task.ID, options, signal)),
      ),
  }
  return new Proxy(local, {
    get(target, name) {
      if (Reflect.has(seen, name)) return Reflect.get(seen, name) as unknown
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? (own.bind(target) as unknown) : own
    },
  })
}
