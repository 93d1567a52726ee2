import type { AssignmentChange, AssignmentItem, AssignmentsMessage, NetworkState } from '../assignments.js'
import { fromJson, toJson } from './json.js'
import type { AssignmentsPart, WireChange } from './messages.js'
import { ReceivedNetworks, SentNetworks, type NetworkDelta } from './network-deltas.js'

/** A part is sent when it holds so many bytes of objects. */
const partSize = 1 << 20

/** On the wire a network that was told before is told as what changed of it. */
const deltaKind = 'network-delta'

const nothing = Buffer.alloc(0)

/** Puts the messages of one stream into parts of bounded size. */
export class PartWriter {
  constructor(private readonly networks = new SentNetworks()) {}

  *parts(message: AssignmentsMessage): Generator<AssignmentsPart> {
    const { type, appliesTo, resultsIn } = message
    let changes: WireChange[] = []
    let size = 0
    for (const change of message.changes) {
      const wire = this.#wire(change)
      changes.push(wire)
      size += wire.object.length
      if (size < partSize) continue
      yield { type, appliesTo, resultsIn, changes, more: true }
      changes = []
      size = 0
    }
    yield { type, appliesTo, resultsIn, changes, more: false }
  }

  #wire(change: AssignmentChange): WireChange {
    if (change.action === 'remove') {
      if (change.kind === 'network') this.networks.forget(change.id)
      return { action: 'remove', kind: change.kind, id: change.id, object: nothing }
    }
    const { item } = change
    if (item.kind !== 'network') return { action: 'update', kind: item.kind, id: '', object: toJson(objectOf(item)) }
    const told = this.networks.next(item.state)
    return { action: 'update', kind: told === item.state ? item.kind : deltaKind, id: '', object: toJson(told) }
  }
}

function objectOf(item: Exclude<AssignmentItem, { kind: 'network' }>): unknown {
  switch (item.kind) {
    case 'task':
      return item.task
    case 'secret':
      return item.secret
    case 'config':
      return item.config
  }
}

/** Whole messages out of the parts of one stream. What a later version added and this one does not know is left out. */
export async function* fromParts(parts: AsyncIterable<AssignmentsPart>): AsyncGenerator<AssignmentsMessage> {
  const networks = new ReceivedNetworks()
  let changes: AssignmentChange[] = []
  for await (const { type, appliesTo, resultsIn, changes: wire, more } of parts) {
    for (const each of wire) {
      const change = fromWire(each, networks)
      if (change) changes.push(change)
    }
    if (more) continue
    yield { type: type === 'complete' ? 'complete' : 'incremental', appliesTo, resultsIn, changes }
    changes = []
  }
}

function fromWire({ action, kind, id, object }: WireChange, networks: ReceivedNetworks): AssignmentChange | undefined {
  if (action === 'remove') {
    if (kind === 'network') networks.forget(id)
    return isKnown(kind) ? { action, kind, id } : undefined
  }
  const network = (state: NetworkState): AssignmentChange => ({ action: 'update', item: { kind: 'network', state } })
  switch (kind) {
    case 'task':
      return { action: 'update', item: { kind, task: fromJson(object) } }
    case 'secret':
      return { action: 'update', item: { kind, secret: fromJson(object) } }
    case 'config':
      return { action: 'update', item: { kind, config: fromJson(object) } }
    case 'network':
      return network(networks.whole(fromJson(object)))
    case deltaKind:
      return network(networks.changed(fromJson<NetworkDelta>(object)))
    default:
      return undefined
  }
}

const isKnown = (kind: string): kind is AssignmentItem['kind'] => ['task', 'secret', 'config', 'network'].includes(kind)
