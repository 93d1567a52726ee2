import type { ClusterStates } from './cluster/states.js'
import { resolve, type NamedNetwork, type Resolution } from './dns/names.js'
import type { Zone } from './dns/server.js'
import type { Query } from './dns/wire.js'
import type { SandboxRecord } from './records.js'
import type { Registry } from './registry.js'
import { upstreamsOf, type Resolvers } from './sandbox/files.js'
import { hasNames } from './sandbox/hidden.js'

/** Answers from what the registry and the cluster's states hold at that moment. */
export class LiveZone implements Zone {
  constructor(
    private readonly registry: Registry,
    private readonly states: ClusterStates,
    private readonly host: () => Resolvers,
  ) {}

  resolve(networkId: string, address: string, query: Query): Resolution {
    const asker = this.#asker(networkId, address)
    if (!asker) return 'unknown'
    return resolve(query, asker, this.#networksOf(asker, networkId))
  }

  upstreams(networkId: string, address: string): string[] {
    const asker = this.#asker(networkId, address)
    // A container with internal networks alone gets no word out, not even a question.
    if (!asker || asker.gatewayEndpoint === undefined) return []
    return upstreamsOf(this.host(), asker.dns, false)
  }

  #asker(networkId: string, address: string): SandboxRecord | undefined {
    return this.registry.endpointsOf(networkId).find(({ endpoint }) => endpoint.link?.address === address)?.sandbox
  }

  /** The network that was asked first: its answer is the nearest. */
  #networksOf(asker: SandboxRecord, first: string): NamedNetwork[] {
    const ids = asker.endpoints.filter((endpoint) => !endpoint.hidden).map((endpoint) => endpoint.networkId)
    const ordered = [...new Set([first, ...ids])]
    return ordered.flatMap((id): NamedNetwork[] => {
      const record = this.registry.network(id)
      if (!record || !hasNames(record)) return []
      const state = this.states.get(id)
      const named = { record, members: this.registry.endpointsOf(id), drained: this.states.drained }
      return [state ? { ...named, state } : named]
    })
  }
}
