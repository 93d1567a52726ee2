import type { ClusterNetwork, Node, Task } from '@essaim/api-types'
import { isTerminal } from '@essaim/api-types'
import type { NetworkState } from '@essaim/protocol'
import { usesIngress } from '../allocator/index.js'
import type { Change, View } from '../store/index.js'
import { isDown, networkState, takesConnections } from './network-state.js'

/** The states of the networks, each made once after a change that it shows. An unchanged state is the same object. */
export class NetworkStates {
  readonly #made = new Map<string, NetworkState>()

  constructor(private readonly view: View) {}

  get(networkId: string): NetworkState | undefined {
    const made = this.#made.get(networkId)
    if (made !== undefined) return made
    const network = this.view.get('network', networkId) ?? this.#removed(networkId)
    if (network === undefined) return undefined
    const state = networkState(this.view, network)
    this.#made.set(networkId, state)
    return state
  }

  /** Forgets what `change` makes wrong; answers whether anything was. */
  mark(change: Change): boolean {
    switch (change.table) {
      case 'task':
        return change.action === 'update' && sameEndpoint(change.before, change.object)
          ? false
          : this.#forget(networksOf(change.object))
      case 'service': {
        const specs = [change.object, ...(change.action === 'update' ? [change.before] : [])]
        const networks = specs.flatMap(({ Spec, Endpoint }) => [
          ...(Spec.TaskTemplate.Networks ?? []).map(({ Target = '' }) => Target),
          ...(Spec.Networks ?? []).map(({ Target = '' }) => Target),
          ...(Endpoint.VirtualIPs ?? []).map(({ NetworkID }) => NetworkID),
        ])
        return this.#forget(specs.some(({ Spec }) => usesIngress(Spec)) ? [...networks, ...this.#ingress()] : networks)
      }
      case 'network':
        return this.#forget([change.object.ID])
      case 'node':
        return change.action === 'update' && sameForPackets(change.before, change.object)
          ? false
          : this.#forget([...this.#made.keys()])
      case 'cluster':
      case 'secret':
      case 'config':
        return false
    }
  }

  reset(): void {
    this.#made.clear()
  }

  #forget(networkIds: string[]): boolean {
    let any = false
    for (const id of networkIds) any = this.#made.delete(id) || any
    return any
  }

  /** A network that was removed is there for as long as a task that was on it. */
  #removed(networkId: string): ClusterNetwork | undefined {
    const attachments = this.view.find('task', 'network', networkId)[0]?.NetworksAttachments ?? []
    return attachments.find(({ Network }) => Network.ID === networkId)?.Network
  }

  #ingress(): string[] {
    return [...this.#made.values()]
      .filter(({ network }) => network.Spec.Ingress === true)
      .map(({ network }) => network.ID)
  }
}

const networksOf = (task: Task): string[] => (task.NetworksAttachments ?? []).map(({ Network }) => Network.ID)

function sameEndpoint(before: Task, after: Task): boolean {
  return (
    before.NetworksAttachments === after.NetworksAttachments &&
    before.NodeID === after.NodeID &&
    isTerminal(before.Status.State) === isTerminal(after.Status.State) &&
    takesConnections(before) === takesConnections(after)
  )
}

const sameForPackets = (before: Node, after: Node): boolean =>
  before.Status.Addr === after.Status.Addr &&
  before.Internal?.Number === after.Internal?.Number &&
  isDown(before) === isDown(after)
