import type { Filters, Node, NodeSpec } from '@essaim/api-types'
import { type Call, segment } from '../call.js'

/** `ref` is an id, a prefix of one, a name, or `self`. */
export class NodesClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<Node[]> {
    return this.call.json('GET', '/nodes', { filters })
  }

  inspect(ref: string): Promise<Node> {
    return this.call.json('GET', `/nodes/${segment(ref)}`)
  }

  update(ref: string, version: number, body: NodeSpec): Promise<void> {
    return this.call.done('POST', `/nodes/${segment(ref)}/update`, { query: { version }, body })
  }

  remove(ref: string, options: { force?: boolean } = {}): Promise<void> {
    return this.call.done('DELETE', `/nodes/${segment(ref)}`, { query: options })
  }
}
