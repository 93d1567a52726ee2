import { withoutInternal, type Cluster, type Identity, type JoinTokens, type SwarmSpec } from '@essaim/api-types'
import { messageOf, type Clock } from '@essaim/base'
import { beginRotation, createToken } from '../../ca/index.js'
import type { Store } from '../../store/index.js'
import { invalidArgument, outOfSequence } from '../refusal.js'
import { settled } from '../settled.js'
import { mergedSpec } from './spec.js'
import { theCluster } from './the-cluster.js'

export type ClusterAnswer = Omit<Cluster, 'Internal'> & { JoinTokens: JoinTokens }

export class ClusterObject {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  inspect(): Promise<ClusterAnswer> {
    return settled(() => {
      const cluster = theCluster(this.store.view())
      return { ...withoutInternal(cluster), JoinTokens: cluster.Internal.JoinTokens }
    })
  }

  async update(
    version: number,
    spec: SwarmSpec,
    rotate: { workerToken: boolean; managerToken: boolean; unlockKey: boolean },
    caller: Identity,
  ): Promise<void> {
    await this.store.update(caller, 'swarm update', (tx) => {
      const cluster = theCluster(tx)
      const Spec = mergedSpec(cluster.Spec, spec)
      if (cluster.Version.Index !== version) throw outOfSequence()
      const { JoinTokens, RootCA } = cluster.Internal
      const Worker = rotate.workerToken ? createToken(RootCA.certificate) : JoinTokens.Worker
      const Manager = rotate.managerToken ? createToken(RootCA.certificate) : JoinTokens.Manager
      const rotated = this.#rotated(cluster, spec)
      tx.update('cluster', { ...rotated, Spec, Internal: { ...rotated.Internal, JoinTokens: { Worker, Manager } } })
    })
  }

  #rotated(cluster: Cluster, spec: SwarmSpec): Cluster {
    try {
      return beginRotation(cluster, spec, this.clock.now())
    } catch (error) {
      throw invalidArgument('cluster.root', `the root certificate is refused: ${messageOf(error)}`)
    }
  }

  /** Empty while managers are not locked. */
  unlockKey(): Promise<string> {
    return settled(() => theCluster(this.store.view()).Internal.UnlockKey ?? '')
  }
}
