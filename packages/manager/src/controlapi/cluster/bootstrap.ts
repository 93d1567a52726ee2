import type { Clock, Ids } from '@essaim/base'
import type { ClusterNetwork, NodeSpec, SwarmSpec } from '@essaim/api-types'
import { NetworkNumbers, predefinedLabel } from '../../allocator/index.js'
import { createRoot, createToken, tlsInfo } from '../../ca/index.js'
import type { Store, Tx } from '../../store/index.js'
import { newClusterSpec } from './spec.js'

/** What a new cluster is made of. */
export interface Bootstrap {
  spec: SwarmSpec
  /** CIDRs from which overlay networks get their subnets; empty for Docker's default. */
  defaultAddrPool: string[]
  /** Prefix length of those subnets; 0 for the default. */
  subnetSize: number
  dataPathPort: number
  availability?: NonNullable<NodeSpec['Availability']>
}

const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const system = { name: 'system' }

/** Docker's: overlay networks get a /24 each out of 10.0.0.0/8. */
const addressPool = ['10.0.0.0/8']
const subnetSize = 24

/** Makes the cluster, its ingress and predefined networks and its first node, in one write; nothing where there is one. */
export async function bootstrapCluster(
  store: Store,
  self: { nodeId: string; address: string },
  bootstrap: Bootstrap,
  ids: Ids,
  clock: Clock,
): Promise<void> {
  await store.update(system, 'swarm init', (tx) => {
    if (tx.count('cluster') > 0) return
    const RootCA = createRoot(clock.now())
    const cluster = tx.create('cluster', {
      ID: ids.swarm(),
      ...unborn,
      Spec: newClusterSpec(bootstrap.spec),
      TLSInfo: tlsInfo(RootCA.certificate),
      RootRotationInProgress: false,
      DefaultAddrPool: bootstrap.defaultAddrPool.length > 0 ? bootstrap.defaultAddrPool : addressPool,
      SubnetSize: bootstrap.subnetSize > 0 ? bootstrap.subnetSize : subnetSize,
      DataPathPort: bootstrap.dataPathPort,
      Internal: {
        JoinTokens: { Worker: createToken(RootCA.certificate), Manager: createToken(RootCA.certificate) },
        RootCA,
        BlockedNodes: [],
      },
    })
    createNetworks(tx, ids, new NetworkNumbers().next(tx, cluster, {}))
    createNode(tx, self, bootstrap)
  })
}

function createNetworks(tx: Tx, ids: Ids, ingress: ClusterNetwork['Internal']): void {
  tx.create('network', {
    ID: ids.swarm(),
    ...unborn,
    Spec: { Name: 'ingress', Labels: {}, DriverConfiguration: { Name: 'overlay' }, Ingress: true, Scope: 'swarm' },
    IPAMOptions: { Driver: 'default', Config: [] },
    Internal: ingress,
  })
  for (const Name of ['host', 'bridge']) {
    tx.create('network', {
      ID: ids.swarm(),
      ...unborn,
      Spec: { Name, Labels: { [predefinedLabel]: 'true' }, DriverConfiguration: { Name }, Scope: 'local' },
      Internal: { Vni: 0, Subnet: '', Gateway: '' },
    })
  }
}

function createNode(tx: Tx, { nodeId, address }: { nodeId: string; address: string }, bootstrap: Bootstrap): void {
  tx.create('node', {
    ID: nodeId,
    ...unborn,
    Spec: { Labels: {}, Role: 'manager', Availability: bootstrap.availability ?? 'active' },
    Description: {},
    Status: { State: 'unknown' },
    ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: address },
  })
}
