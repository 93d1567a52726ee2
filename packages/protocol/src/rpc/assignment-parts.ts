import type { AssignmentChange, AssignmentItem, AssignmentsMessage } from '../assignments.js'
import { fromJson, toJson } from './json.js'
import type { AssignmentsPart, WireChange } from './messages.js'

/** A part is sent when it holds so many bytes of objects. */
const partSize = 1 << 20

/** A message as parts of bounded size. */
export function* toParts(message: AssignmentsMessage): Generator<AssignmentsPart> {
  const { type, appliesTo, resultsIn } = message
  let changes: WireChange[] = []
  let size = 0
  for (const change of message.changes) {
    const wire = toWire(change)
    changes.push(wire)
    size += wire.object.length
    if (size < partSize) continue
    yield { type, appliesTo, resultsIn, changes, more: true }
    changes = []
    size = 0
  }
  yield { type, appliesTo, resultsIn, changes, more: false }
}

/** Whole messages out of their parts. What a later version added and this one does not know is left out. */
export async function* fromParts(parts: AsyncIterable<AssignmentsPart>): AsyncGenerator<AssignmentsMessage> {
  let changes: AssignmentChange[] = []
  for await (const { type, appliesTo, resultsIn, changes: wire, more } of parts) {
    for (const each of wire) {
      const change = fromWire(each)
      if (change) changes.push(change)
    }
    if (more) continue
    yield { type: type === 'complete' ? 'complete' : 'incremental', appliesTo, resultsIn, changes }
    changes = []
  }
}

function toWire(change: AssignmentChange): WireChange {
  if (change.action === 'remove') return { action: 'remove', kind: change.kind, id: change.id, object: Buffer.alloc(0) }
  const { item } = change
  return { action: 'update', kind: item.kind, id: '', object: toJson(objectOf(item)) }
}

function objectOf(item: AssignmentItem): unknown {
  switch (item.kind) {
    case 'task':
      return item.task
    case 'secret':
      return item.secret
    case 'config':
      return item.config
    case 'network':
      return item.state
  }
}

function fromWire({ action, kind, id, object }: WireChange): AssignmentChange | undefined {
  if (action === 'remove') return isKnown(kind) ? { action, kind, id } : undefined
  switch (kind) {
    case 'task':
      return { action: 'update', item: { kind, task: fromJson(object) } }
    case 'secret':
      return { action: 'update', item: { kind, secret: fromJson(object) } }
    case 'config':
      return { action: 'update', item: { kind, config: fromJson(object) } }
    case 'network':
      return { action: 'update', item: { kind, state: fromJson(object) } }
    default:
      return undefined
  }
}

const isKnown = (kind: string): kind is AssignmentItem['kind'] => ['task', 'secret', 'config', 'network'].includes(kind)
