import { createConnection } from 'node:net'
import { unavailable, type Logger } from '@essaim/base'
import type { Leader, Sign } from '@essaim/manager'
import { Connection, hostAndPort, NotLeader, RemoteManager, type NodeIdentity } from '@essaim/protocol'

export interface PeersOptions {
  identity: () => NodeIdentity
  clusterId: () => string
  /** Who leads as far as it is known, then others who may know. */
  candidates: () => (string | undefined)[]
  logger: Logger
}

/** How long a manager may take for a sign of life. */
const signMs = 700
/** How often who leads is asked after before it is given up. */
const tries = 5

/** The other managers, each on one connection as long as this node's certificate is the same. */
export class Peers {
  readonly #open = new Map<string, { manager: RemoteManager; certificate: string }>()

  constructor(private readonly options: PeersOptions) {}

  at(address: string): RemoteManager {
    const { identity, clusterId } = this.options
    const { certificate } = identity()
    const known = this.#open.get(address)
    if (known?.certificate === certificate) return known.manager
    known?.manager.close()
    const manager = new RemoteManager(new Connection(address, { identity: identity(), clusterId: clusterId() }))
    this.#open.set(address, { manager, certificate })
    return manager
  }

  /** Asks who leads, wherever that is found to be. */
  async leading<T>(ask: (manager: RemoteManager, address: string) => Promise<T>): Promise<T> {
    let failure: unknown = unavailable('swarm.no-manager', 'no manager is known that could be asked')
    const asked = this.options.candidates().flatMap((address) => address ?? [])
    for (let n = 0; n < tries && asked.length > 0; n++) {
      const address = asked.shift() ?? ''
      try {
        return await ask(this.at(address), address)
      } catch (error) {
        failure = error
        if (error instanceof NotLeader && error.leader !== undefined) asked.unshift(error.leader)
      }
    }
    throw failure
  }

  async sign(address: Leader['address'], signal: AbortSignal): Promise<Sign> {
    const listens = await this.#listens(address)
    if (listens !== 'answers') return listens
    try {
      await this.at(address).sign({ timeoutMs: signMs, signal })
      return 'answers'
    } catch {
      return 'silent'
    }
  }

  close(): void {
    for (const { manager } of this.#open.values()) manager.close()
    this.#open.clear()
  }

  /** A host that lives says at once that nobody listens. */
  #listens(address: string): Promise<Sign> {
    return new Promise((resolve) => {
      const socket = createConnection({ ...hostAndPort(address), timeout: signMs })
      const done = (sign: Sign): void => {
        socket.destroy()
        resolve(sign)
      }
      socket.once('connect', () => done('answers'))
      socket.once('timeout', () => done('silent'))
      socket.once('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED' ? 'refuses' : 'silent'))
    })
  }
}
