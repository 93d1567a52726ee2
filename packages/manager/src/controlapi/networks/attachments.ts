import { conflict, forbidden, rfc3339, type Clock, type Ids } from '@essaim/base'
import type { ClusterNetwork, Identity, Task } from '@essaim/api-types'
import { Addresses } from '../../allocator/index.js'
import type { Store, Tx } from '../../store/index.js'
import { resolve } from '../resolve.js'

/** A container that is attached to a cluster network by hand. */
export interface AttachmentRequest {
  nodeId: string
  containerId: string
  name: string
  aliases: string[]
  /** Without prefix length. */
  wantedAddress?: string
}

/** Addresses of single containers on the cluster's networks. Each is held by a task of its own, as swarmkit does it. */
export class Attachments {
  readonly #turns = new Map<string, number>()

  constructor(
    private readonly store: Store,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Answers the address in CIDR form; the one it has when the container is attached already. */
  attach(ref: string, request: AttachmentRequest, caller: Identity): Promise<string> {
    return this.store.update(caller, 'network attach', (tx) => {
      const network = resolve(tx, 'network', ref)
      const present = find(tx, network.ID, request.containerId)
      if (present !== undefined) return addressOf(present)
      if (network.Spec.Attachable !== true) {
        const message = `Could not attach to network ${network.Spec.Name}: rpc error: code = PermissionDenied desc = network ${network.Spec.Name} not manually attachable`
        throw forbidden('network.not-attachable', message)
      }
      const address = new Addresses(tx, this.#turns).take(network, request.wantedAddress)
      if (address === undefined) throw conflict('network.address', full(network, request.wantedAddress))
      tx.create('task', this.#task(network, request, address))
      return address
    })
  }

  /** Gives the address back; nothing happens when there is none. */
  async release(ref: string, containerId: string, caller: Identity): Promise<void> {
    await this.store.update(caller, 'network detach', (tx) => {
      const network = tx.get('network', ref) ?? tx.find('network', 'name', ref)[0]
      const task = network && find(tx, network.ID, containerId)
      if (task !== undefined) tx.remove('task', task.ID)
    })
  }

  /** Gives back what the node's containers hold but for `containerIds`. */
  async keep(nodeId: string, containerIds: readonly string[], caller: Identity): Promise<void> {
    const kept = new Set(containerIds)
    await this.store.update(caller, 'network detach', (tx) => {
      for (const task of tx.find('task', 'node', nodeId)) {
        const containerId = task.Spec.NetworkAttachmentSpec?.ContainerID
        if (containerId !== undefined && !kept.has(containerId)) tx.remove('task', task.ID)
      }
    })
  }

  #task(network: ClusterNetwork, request: AttachmentRequest, address: string): Task {
    const Timestamp = rfc3339(this.clock.now())
    return {
      ID: this.ids.swarm(),
      Version: { Index: 0 },
      CreatedAt: '',
      UpdatedAt: '',
      Spec: { NetworkAttachmentSpec: { ContainerID: request.containerId }, Runtime: 'attachment' },
      NodeID: request.nodeId,
      NetworksAttachments: [{ Network: network, Addresses: [address], Aliases: [request.name, ...request.aliases] }],
      Status: { State: 'running', Timestamp },
      DesiredState: 'running',
      Internal: { SpecVersion: 0, ServiceName: '', ServiceLabels: {}, Ports: [], NotBefore: 0, Ready: true },
    }
  }
}

function find(tx: Tx, networkId: string, containerId: string): Task | undefined {
  const attached = tx.find('task', 'network', networkId)
  return attached.find(({ Spec }) => Spec.NetworkAttachmentSpec?.ContainerID === containerId)
}

const addressOf = ({ NetworksAttachments }: Task): string => NetworksAttachments?.[0]?.Addresses[0] ?? ''

const full = ({ Spec, Internal }: ClusterNetwork, wanted: string | undefined): string =>
  wanted === undefined
    ? `no address is left in network ${Spec.Name} (${Internal.Subnet})`
    : `the address ${wanted} is taken or not in network ${Spec.Name} (${Internal.Subnet})`
