import { rfc3339 } from '@essaim/base'
import { isPast, type Task } from '@essaim/api-types'
import type { Change, Tx, View } from '../store/index.js'
import type { Moment, Pass } from '../orchestrator/loop/pass.js'
import { Addresses, holdsAddresses } from './addresses.js'
import { endpointFor } from './service.js'
import { freeNodeNumber } from './node-number.js'
import { networksFor } from './task.js'

/**
 * Gives services their VIPs and published ports, nodes their numbers, and new tasks their addresses, which makes them `pending`. What finds
 * no address left waits, says so, and is looked at again when one is given back.
 */
export function createAllocator(): Pass {
  return new Allocator()
}

const isNew = ({ Status, DesiredState }: Task): boolean => Status.State === 'new' && !isPast(DesiredState, 'complete')

/** Without a number a node takes no part in the mesh; everything else it does. */
function numberNode(tx: Tx, id: string): boolean {
  const node = tx.get('node', id)
  const number = freeNodeNumber(tx)
  if (node === undefined || node.Internal || number === undefined) return false
  tx.update('node', { ...node, Internal: { Number: number } })
  return true
}

class Allocator implements Pass {
  readonly name = 'allocator'
  #services = new Set<string>()
  #tasks = new Set<string>()
  #nodes = new Set<string>()
  /** Services and tasks that wait for an address, a port or a network. */
  #waiting = { services: new Set<string>(), tasks: new Set<string>() }
  readonly #turns = new Map<string, number>()

  mark(change: Change): void {
    switch (change.table) {
      case 'service':
        if (change.action === 'remove') this.#retry()
        else if (change.action === 'create' || change.before.Spec !== change.object.Spec) {
          this.#services.add(change.object.ID)
        }
        break
      case 'task':
        if (change.action === 'create' && isNew(change.object)) this.#tasks.add(change.object.ID)
        if (change.action === 'remove' || !holdsAddresses(change.object)) this.#retry()
        break
      case 'network':
        if (change.action === 'remove') this.#turns.delete(change.object.ID)
        else if (change.action === 'create') this.#retry()
        break
      case 'node':
        if (change.action === 'create') this.#nodes.add(change.object.ID)
        break
      case 'cluster':
      case 'secret':
      case 'config':
        break
    }
  }

  reset(view: View): void {
    this.#waiting = { services: new Set(), tasks: new Set() }
    this.#services = new Set([...view.all('service')].map(({ ID }) => ID))
    this.#tasks = new Set(view.find('task', 'state', 'new').map(({ ID }) => ID))
    this.#nodes = new Set([...view.all('node')].filter(({ Internal }) => !Internal).map(({ ID }) => ID))
  }

  dirty(): boolean {
    return this.#services.size > 0 || this.#tasks.size > 0 || this.#nodes.size > 0
  }

  due(): undefined {
    return undefined
  }

  run(tx: Tx, moment: Moment): string | undefined {
    const addresses = new Addresses(tx, this.#turns)
    const [services, tasks, nodes] = [this.#services, this.#tasks, this.#nodes]
    this.#services = new Set()
    this.#tasks = new Set()
    this.#nodes = new Set()
    const numbered = [...nodes].filter((id) => numberNode(tx, id)).length
    let served = 0
    for (const id of services) served += Number(this.#service(tx, addresses, id))
    let allocated = 0
    for (const id of tasks) allocated += Number(this.#task(tx, addresses, id, moment))
    if (served + allocated + numbered === 0) return undefined
    return `allocated for ${served} services and ${allocated} tasks${numbered > 0 ? `, ${numbered} nodes numbered` : ''}`
  }

  #service(tx: Tx, addresses: Addresses, id: string): boolean {
    this.#waiting.services.delete(id)
    const service = tx.get('service', id)
    if (service === undefined) return false
    const endpoint = endpointFor(tx, addresses, service)
    if (endpoint === undefined) this.#waiting.services.add(id)
    if (endpoint === undefined || endpoint === service.Endpoint) return false
    tx.update('service', { ...service, Endpoint: endpoint })
    return true
  }

  #task(tx: Tx, addresses: Addresses, id: string, moment: Moment): boolean {
    this.#waiting.tasks.delete(id)
    const task = tx.get('task', id)
    const service = task && tx.get('service', task.ServiceID ?? '')
    if (task === undefined || service === undefined || !isNew(task)) return false
    const allocation = this.#waiting.services.has(service.ID)
      ? { waits: 'the service waits for its addresses and ports' }
      : networksFor(tx, addresses, task, service)
    if ('waits' in allocation) {
      this.#waiting.tasks.add(id)
      if (task.Status.Err === allocation.waits) return false
      tx.update('task', { ...task, Status: { ...task.Status, Err: allocation.waits } })
      return true
    }
    const { Err: _, ...status } = task.Status
    const Timestamp = rfc3339(moment.now)
    tx.update('task', {
      ...task,
      NetworksAttachments: allocation.networks,
      Internal: { ...task.Internal, Ports: service.Endpoint.Ports ?? [] },
      Status: { ...status, State: 'pending', Message: 'pending task scheduling', Timestamp },
    })
    return true
  }

  #retry(): void {
    for (const id of this.#waiting.services) this.#services.add(id)
    for (const id of this.#waiting.tasks) this.#tasks.add(id)
  }
}
