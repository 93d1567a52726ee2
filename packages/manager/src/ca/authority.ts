import { createPublicKey, createVerify, type KeyObject } from 'node:crypto'
import { forbidden, invalid, messageOf, type Clock, type Ids, type Logger } from '@essaim/base'
import type { Cluster, NodeSpec } from '@essaim/api-types'
import { hostAndPort } from '@essaim/protocol'
import type { CertificateAuthority, CertificateRequest, Certified, NodeRole, Peer, Trust } from '@essaim/protocol'
import { theCluster } from '../controlapi/cluster/the-cluster.js'
import { etcdMissing, isEtcdInstalled, leadersHost } from '../etcd/index.js'
import type { Store, View } from '../store/index.js'
import { certifyNode, tlsInfo } from './root.js'
import { isToken } from './tokens.js'

const system = { name: 'system' }
const defaultExpiryMs = 90 * 24 * 3600_000

/** Issues the certificates of nodes, and makes a node of who shows a join token. */
export class ClusterAuthority implements CertificateAuthority {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  roots(): string {
    return trustOf(this.store.view()).roots
  }

  now(): number {
    return this.clock.now()
  }

  async join(token: string, request: CertificateRequest): Promise<Certified> {
    const publicKey = checkedKey(request)
    const Availability = checkedAvailability(request.availability)
    const role = roleFor(this.store.view(), token)
    if (role === 'manager') this.#checkEtcd(request)
    const nodeId = this.ids.swarm()
    await this.store.update(system, 'node join', (tx) => {
      // Once more: it may have been rotated while the write waited.
      if (roleFor(tx, token) !== role) throw invalidToken()
      tx.create('node', {
        ID: nodeId,
        Version: { Index: 0 },
        CreatedAt: '',
        UpdatedAt: '',
        Spec: { Labels: {}, Role: role, Availability },
        Description: {},
        Status: { State: 'unknown', Message: 'Node has not come yet' },
      })
    })
    this.logger.info('a node joins', { node: nodeId, role })
    return this.#certified(nodeId, role, publicKey)
  }

  renew({ nodeId }: Peer, request: CertificateRequest): Promise<Certified> {
    return Promise.resolve().then(() => {
      const publicKey = checkedKey(request)
      const view = this.store.view()
      checkMember(view, nodeId)
      const role = view.get('node', nodeId)?.Spec.Role ?? 'worker'
      this.logger.info('a certificate is renewed', { node: nodeId, role })
      return this.#certified(nodeId, role, publicKey)
    })
  }

  #certified(nodeId: string, role: NodeRole, publicKey: KeyObject): Certified {
    const view = this.store.view()
    const cluster = theCluster(view)
    const { RootCA, Rotation } = cluster.Internal
    const expiryMs = (cluster.Spec.CAConfig?.NodeCertExpiry ?? 0) / 1e6 || defaultExpiryMs
    const address = view.get('node', nodeId)?.ManagerStatus?.Addr
    const addresses = address === undefined || address === '' ? [] : [hostAndPort(address).host]
    const form = {
      nodeId,
      role,
      clusterId: cluster.ID,
      addresses,
      publicKey,
      now: this.clock.now(),
      lifetimeMs: expiryMs,
    }
    const leaf = certifyNode(Rotation ?? RootCA, form)
    return {
      nodeId,
      role,
      clusterId: cluster.ID,
      certificate: leaf + (Rotation?.crossSigned ?? ''),
      roots: trustOf(view).roots,
    }
  }

  #checkEtcd({ hasEtcd }: CertificateRequest): void {
    if (hasEtcd !== true) throw etcdMissing()
    if (!isEtcdInstalled()) throw etcdMissing(leadersHost)
  }
}

function roleFor(view: View, token: string): NodeRole {
  const { Worker, Manager } = theCluster(view).Internal.JoinTokens
  if (isToken(token, Worker)) return 'worker'
  if (isToken(token, Manager)) return 'manager'
  throw invalidToken()
}

/** Whom nodes trust now, and who signs for them. */
export function trustOf(view: View): Trust {
  const { RootCA, Rotation } = theCluster(view).Internal
  const roots = Rotation ? RootCA.certificate + Rotation.certificate : RootCA.certificate
  return { roots, issuer: issuerOf(theCluster(view)) }
}

const issuerOf = ({ Internal: { RootCA, Rotation } }: Cluster): string =>
  tlsInfo((Rotation ?? RootCA).certificate).CertIssuerPublicKey

/** Throws when the node is not of the cluster, or not any longer. */
export function checkMember(view: View, nodeId: string): void {
  if (view.get('node', nodeId)) return
  const removed = theCluster(view).Internal.BlockedNodes.includes(nodeId)
  const message = removed
    ? `Permission denied: node ${nodeId} was removed from swarm`
    : `Permission denied: node ${nodeId} is not part of the swarm`
  throw forbidden(removed ? 'node.removed' : 'node.unknown', message, {
    hint: 'leave the swarm on that node with "docker swarm leave --force" and join again',
  })
}

function checkedKey({ publicKey, signature }: CertificateRequest): KeyObject {
  try {
    const key = createPublicKey(publicKey)
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is not ECDSA P-256')
    if (!createVerify('sha256').update(publicKey).verify(key, signature)) throw new Error('the signature is not by it')
    return key
  } catch (error) {
    throw invalid('ca.key', `the key to be certified is refused: ${messageOf(error)}`)
  }
}

function checkedAvailability(given = 'active'): NonNullable<NodeSpec['Availability']> {
  if (given === 'active' || given === 'pause' || given === 'drain') return given
  throw invalid('node.availability', `invalid Availability: "${given}"`)
}

const invalidToken = (): Error => invalid('ca.token', 'A valid join token is necessary to join this cluster')
