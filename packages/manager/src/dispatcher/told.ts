import type { AssignmentsMessage, NetworkState } from '@essaim/protocol'

/** What one agent was told of the networks, and how far it has followed. */
export class Told {
  readonly #networks = new Map<string, { state: NetworkState; sequence: number }>()
  #applied = 0

  sent({ changes, resultsIn }: AssignmentsMessage): void {
    for (const change of changes) {
      if (change.action === 'remove') this.#networks.delete(change.id)
      else if (change.item.kind === 'network') {
        const { state } = change.item
        this.#networks.set(state.network.ID, { state, sequence: Number(resultsIn) })
      }
    }
  }

  applied(resultsIn: string): void {
    this.#applied = Math.max(this.#applied, Number(resultsIn))
  }

  /** Whether the node may still send new connections to the task. */
  sendsTo(taskId: string): boolean {
    for (const { state, sequence } of this.#networks.values()) {
      const endpoint = state.endpoints.find((one) => one.taskId === taskId)
      if (endpoint && (endpoint.ready || sequence > this.#applied)) return true
    }
    return false
  }
}
