import type { Filters, Identity, Node, NodeSpec } from '@essaim/api-types'

export interface NodesBackend {
  list(filters: Filters): Promise<Node[]>
  /** `ref` is an id, a prefix of one, or a name. */
  inspect(ref: string): Promise<Node>
  update(ref: string, version: number, spec: NodeSpec, caller: Identity): Promise<void>
  remove(ref: string, options: { force: boolean }, caller: Identity): Promise<void>
}
