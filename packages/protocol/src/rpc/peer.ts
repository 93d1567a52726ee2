import type { X509Certificate } from 'node:crypto'

export type NodeRole = 'manager' | 'worker'

/** Who a node is, by its certificate: never by what it says of itself. */
export interface Peer {
  nodeId: string
  role: NodeRole
  clusterId: string
}

const roles: Record<string, NodeRole | undefined> = { 'swarm-manager': 'manager', 'swarm-worker': 'worker' }

/** As swarmkit writes it: the node in CN, its role in OU, the cluster in O. Undefined for a certificate of another kind. */
export function peerOf({ subject }: Pick<X509Certificate, 'subject'>): Peer | undefined {
  const fields = new Map((subject ?? '').split('\n').map((line) => line.split('=', 2) as [string, string]))
  const [nodeId = '', role, clusterId = ''] = [fields.get('CN'), roles[fields.get('OU') ?? ''], fields.get('O')]
  return role === undefined || nodeId === '' || clusterId === '' ? undefined : { nodeId, role, clusterId }
}

/** What a node shows of itself and whom it trusts; PEM. */
export interface NodeIdentity {
  key: string
  /** The node's own certificate, then those between it and a root. */
  certificate: string
  roots: string
}
