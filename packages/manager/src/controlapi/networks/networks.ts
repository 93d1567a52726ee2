import type { Clock, Ids } from '@essaim/base'
import type { ClusterNetwork, Filters, Identity, Network, NetworkCreateRequest } from '@essaim/api-types'
import type { NetworkCreateResponse } from '@essaim/api-types'
import { isPredefined, NetworkNumbers } from '../../allocator/index.js'
import type { Store, View } from '../../store/index.js'
import { theCluster } from '../cluster/the-cluster.js'
import { byId } from '../filters.js'
import { absent } from '../refusal.js'
import { resolve } from '../resolve.js'
import { settled } from '../settled.js'
import { Attachments, type AttachmentRequest } from './attachments.js'
import { networkAnswer, networkSpec, predefinedAnswer } from './answer.js'
import { checkRequest } from './check.js'
import { matchNetworks } from './match.js'
import { checkUnused } from './users.js'

/** The cluster's networks (scope swarm). */
export class Networks {
  readonly #numbers = new NetworkNumbers()
  readonly #attachments: Attachments

  constructor(
    private readonly store: Store,
    private readonly ids: Ids,
    clock: Clock,
  ) {
    this.#attachments = new Attachments(store, ids, clock)
  }

  list(filters: Filters): Promise<Network[]> {
    return settled(() => {
      const view = this.store.view()
      return matchNetworks(view, byId(visible(view)), filters).map(networkAnswer)
    })
  }

  /** Of the predefined ones too, which no list tells of: services are put on them by their ids. */
  inspect(ref: string): Promise<Network> {
    return settled(() => {
      const network = resolve(this.store.view(), 'network', ref)
      return isPredefined(network) ? predefinedAnswer(network) : networkAnswer(network)
    })
  }

  async create(request: NetworkCreateRequest, caller: Identity): Promise<NetworkCreateResponse> {
    const Id = await this.store.update(caller, 'network create', (tx) => {
      checkRequest(tx, request)
      const Spec = networkSpec(request)
      const Internal = this.#numbers.next(tx, theCluster(tx), request.IPAM ?? {})
      const ID = this.ids.swarm()
      const IPAMOptions = { Driver: 'default', Config: request.IPAM?.Config ?? [] }
      tx.create('network', { ID, Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '', Spec, IPAMOptions, Internal })
      return ID
    })
    return { Id, Warning: '' }
  }

  async remove(ref: string, caller: Identity): Promise<void> {
    await this.store.update(caller, 'network remove', (tx) => {
      const network = find(tx, ref)
      checkUnused(tx, network)
      tx.remove('network', network.ID)
    })
  }

  /** An address for a container that is attached by hand; the same again for the same container. */
  allocate(ref: string, request: AttachmentRequest, caller: Identity): Promise<string> {
    return this.#attachments.attach(ref, request, caller)
  }

  release(ref: string, containerId: string, caller: Identity): Promise<void> {
    return this.#attachments.release(ref, containerId, caller)
  }

  /** Gives back what containers of the node hold that are none of `containerIds`. */
  keep(nodeId: string, containerIds: readonly string[], caller: Identity): Promise<void> {
    return this.#attachments.keep(nodeId, containerIds, caller)
  }
}

const visible = (view: View): ClusterNetwork[] => [...view.all('network')].filter((network) => !isPredefined(network))

function find(view: View, ref: string): ClusterNetwork {
  const network = resolve(view, 'network', ref)
  if (isPredefined(network)) throw absent('network', ref)
  return network
}
