import type { Runtime } from '@essaim/agent'
import type { ExecCreateRequest, StreamSession } from '@essaim/api-types'
import { findElsewhere, hereOr, type Elsewhere } from './remote.js'

type Execs<Inspection> = Omit<Runtime['exec'], 'inspect'> & { inspect(id: string): Promise<Inspection> }
type StartOptions = Parameters<Runtime['exec']['start']>[1]

/** How many execs on other nodes are remembered. */
const remembered = 10_000

/** Execs in containers of this host, and, on a manager, in those of tasks on every node. */
export class ExecsAnywhere<Inspection> implements Execs<Inspection> {
  readonly #nodes = new Map<string, string>()

  constructor(
    private readonly local: Execs<Inspection>,
    private readonly elsewhere: () => Elsewhere | undefined,
  ) {}

  create(ref: string, request: ExecCreateRequest): Promise<{ Id: string }> {
    return hereOr(
      () => this.local.create(ref, request),
      () => this.#create(ref, request),
    )
  }

  start(id: string, options: StartOptions, signal: AbortSignal): Promise<StreamSession | undefined> {
    return hereOr(
      () => this.local.start(id, options, signal),
      () => this.#at(id, (calls, nodeId) => start(calls, nodeId, id, options, signal)),
    )
  }

  resize(id: string, size: { height: number; width: number }): Promise<void> {
    return hereOr(
      () => this.local.resize(id, size),
      () => this.#at(id, async (calls, nodeId) => void (await calls.ask(nodeId, 'exec.resize', [id, size]))),
    )
  }

  inspect(id: string): Promise<Inspection> {
    return hereOr(
      () => this.local.inspect(id),
      () => this.#at(id, (calls, nodeId) => calls.ask<Inspection>(nodeId, 'exec.inspect', [id])),
    )
  }

  #create(ref: string, request: ExecCreateRequest): Promise<{ Id: string }> | undefined {
    const elsewhere = this.elsewhere()
    const found = findElsewhere(elsewhere, ref)
    if (!elsewhere || !found) return undefined
    const words = [found.containerId, request]
    return elsewhere.calls.ask<{ Id: string }>(found.nodeId, 'exec.create', words).then((created) => {
      const [oldest = ''] = this.#nodes.keys()
      if (this.#nodes.size >= remembered) this.#nodes.delete(oldest)
      this.#nodes.set(created.Id, found.nodeId)
      return created
    })
  }

  #at<T>(id: string, ask: (calls: Elsewhere['calls'], nodeId: string) => Promise<T>): Promise<T> | undefined {
    const [nodeId, calls] = [this.#nodes.get(id), this.elsewhere()?.calls]
    return nodeId === undefined || !calls ? undefined : ask(calls, nodeId)
  }
}

async function start(
  calls: Elsewhere['calls'],
  nodeId: string,
  id: string,
  options: StartOptions,
  signal: AbortSignal,
): Promise<StreamSession | undefined> {
  const { result, output, stdin } = await calls.call(nodeId, 'exec.start', [id, options], signal)
  const { tty, attached } = result as { tty: boolean; attached: boolean }
  return attached ? { tty, output, stdin } : undefined
}
