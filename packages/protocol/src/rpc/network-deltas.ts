import type { Endpoint, NetworkState } from '../assignments.js'

type Rest = Omit<NetworkState, 'endpoints'>

/** What changed of a network since the state before: on the wire only, both ends hold whole states. */
export interface NetworkDelta {
  networkId: string
  /** What changed beside the endpoints, whole. */
  rest: Partial<Rest>
  /** New or changed. */
  endpoints: Endpoint[]
  /** Keys of endpoints that are no more. */
  removed: string[]
}

const keyOf = ({ taskId, address }: Endpoint): string => `${taskId} ${address}`

/** What was sent of networks on one stream. An endpoint that has not changed is the same object, so comparing is cheap. */
export class SentNetworks {
  readonly #sent = new Map<string, { state: NetworkState; byKey: Map<string, Endpoint> }>()

  /** The whole state the first time, and what changed from then on. */
  next(state: NetworkState): NetworkState | NetworkDelta {
    const { network, endpoints } = state
    const before = this.#sent.get(network.ID)
    const byKey = new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint]))
    this.#sent.set(network.ID, { state, byKey })
    if (!before) return state
    const changed = endpoints.filter((endpoint) => !same(before.byKey.get(keyOf(endpoint)), endpoint))
    return {
      networkId: network.ID,
      rest: changedRest(before.state, state),
      endpoints: changed,
      removed: [...before.byKey.keys()].filter((key) => !byKey.has(key)),
    }
  }

  forget(networkId: string): void {
    this.#sent.delete(networkId)
  }
}

/** Whole states out of what `SentNetworks` made of them. */
export class ReceivedNetworks {
  readonly #states = new Map<string, NetworkState>()

  whole(state: NetworkState): NetworkState {
    this.#states.set(state.network.ID, state)
    return state
  }

  /** Throws when the network was never told: the stream is broken, and a new one begins with everything. */
  changed({ networkId, rest, endpoints, removed }: NetworkDelta): NetworkState {
    const before = this.#states.get(networkId)
    if (!before) throw new Error(`a change of network ${networkId}, which was never told`)
    const byKey = new Map(before.endpoints.map((endpoint) => [keyOf(endpoint), endpoint]))
    for (const key of removed) byKey.delete(key)
    for (const endpoint of endpoints) byKey.set(keyOf(endpoint), endpoint)
    return this.whole({ ...before, ...rest, endpoints: [...byKey.values()] })
  }

  forget(networkId: string): void {
    this.#states.delete(networkId)
  }
}

function changedRest(before: NetworkState, after: NetworkState): Partial<Rest> {
  const { endpoints: _, ...rest } = after
  const changed = Object.entries(rest).filter(([name, value]) => !same(before[name as keyof Rest], value))
  return Object.fromEntries(changed) as Partial<Rest>
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
