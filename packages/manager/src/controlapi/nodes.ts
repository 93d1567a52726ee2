import { invalid, rfc3339, type Clock } from '@essaim/base'
import { isTerminal, withoutInternal } from '@essaim/api-types'
import type { Filters, Identity, Node, NodeSpec } from '@essaim/api-types'
import { etcdMissing, isEtcdInstalled, leadersHost } from '../etcd/index.js'
import type { Store, Tx } from '../store/index.js'
import { byId, checkedValues, checkFilters, hasLabels, isOneOf, startsWithOne } from './filters.js'
import { failedPrecondition, outOfSequence } from './refusal.js'
import { resolve } from './resolve.js'
import { settled } from './settled.js'

const roles = ['worker', 'manager']
const availabilities = ['active', 'pause', 'drain']

export class Nodes {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  list(filters: Filters): Promise<Node[]> {
    return settled(() => {
      checkFilters(filters, ['id', 'label', 'node.label', 'name', 'membership', 'role'])
      const wantedRoles = checkedValues(filters, 'role', roles)
      const memberships = checkedValues(filters, 'membership', ['accepted', 'pending'])
      const found = byId(this.store.view().all('node')).filter(
        ({ ID, Spec, Description }) =>
          startsWithOne(filters, 'id', ID) &&
          startsWithOne(filters, 'name', Description.Hostname, Spec.Name) &&
          hasLabels(filters, 'label', Description.Engine?.Labels) &&
          hasLabels(filters, 'node.label', Spec.Labels) &&
          (wantedRoles === undefined || isOneOf(filters, 'role', Spec.Role)) &&
          (memberships === undefined || memberships.includes('accepted')),
      )
      return found.map(withoutInternal)
    })
  }

  inspect(ref: string): Promise<Node> {
    return settled(() => withoutInternal(resolve(this.store.view(), 'node', ref)))
  }

  async update(ref: string, version: number, spec: NodeSpec, caller: Identity): Promise<void> {
    const { Role = '', Availability = '' } = spec as { Role?: string; Availability?: string }
    if (!roles.includes(Role)) throw invalid('node.role', `invalid Role: "${Role}"`)
    if (!availabilities.includes(Availability)) {
      throw invalid('node.availability', `invalid Availability: "${Availability}"`)
    }
    await this.store.update(caller, 'node update', (tx) => {
      const node = resolve(tx, 'node', ref)
      if (node.Spec.Role === 'manager' && Role === 'worker') {
        const managers = [...tx.all('node')].filter(({ Spec }) => Spec.Role === 'manager')
        if (managers.length === 1) {
          throw failedPrecondition('node.last-manager', 'attempting to demote the last manager of the swarm')
        }
      }
      if (node.Spec.Role === 'worker' && Role === 'manager' && !isEtcdInstalled()) throw etcdMissing(leadersHost)
      if (node.Version.Index !== version) throw outOfSequence()
      tx.update('node', { ...node, Spec: { ...spec, Labels: spec.Labels ?? {} } })
    })
  }

  async remove(ref: string, options: { force: boolean }, caller: Identity): Promise<void> {
    await this.store.update(caller, 'node remove', (tx) => {
      const { ID, Spec, Status } = resolve(tx, 'node', ref)
      if (Spec.Role === 'manager') {
        const message = `node ${ID} is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal`
        throw failedPrecondition('node.manager', message)
      }
      if (Status.State === 'ready' && !options.force) {
        throw failedPrecondition('node.ready', `node ${ID} is not down and can't be removed`)
      }
      for (const cluster of tx.all('cluster')) {
        const BlockedNodes = [...cluster.Internal.BlockedNodes, ID]
        tx.update('cluster', { ...cluster, Internal: { ...cluster.Internal, BlockedNodes } })
      }
      this.#orphanTasks(tx, ID)
      tx.remove('node', ID)
    })
  }

  /** Nobody will report of them any more. */
  #orphanTasks(tx: Tx, nodeId: string): void {
    const Message = 'Task belonged to a node that has been deleted'
    for (const task of tx.find('task', 'node', nodeId)) {
      const Timestamp = rfc3339(this.clock.now())
      if (!isTerminal(task.Status.State)) {
        tx.update('task', { ...task, Status: { ...task.Status, State: 'orphaned', Message, Timestamp } })
      }
    }
  }
}
