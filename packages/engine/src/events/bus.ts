import { AsyncQueue, nowNano } from '@essaim/base'
import type { EventMessage } from '@essaim/api-types'

/** How many past events `since` can reach, as in moby's daemon/events. */
const kept = 256

/** How far a subscriber may fall behind before it is closed. */
const slack = 4096

/** The engine's events: published at once to all who listen, the newest kept for `since`. */
export class EventBus {
  #past: EventMessage[] = []
  #listeners = new Set<AsyncQueue<EventMessage>>()

  publish(
    type: NonNullable<EventMessage['Type']>,
    action: string,
    id: string,
    attributes: Record<string, string> = {},
    scope: 'local' | 'swarm' = 'local',
  ): void {
    const [seconds, fraction] = splitTime(nowNano())
    const event: EventMessage = {
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope,
      time: seconds,
      timeNano: seconds * 1e9 + fraction,
    }
    this.#past.push(event)
    if (this.#past.length > kept) this.#past.shift()
    for (const listener of this.#listeners) listener.push(event)
  }

  /** Registered when it returns. Ends with `signal`. */
  subscribe(signal: AbortSignal): AsyncIterable<EventMessage> {
    const queue = new AsyncQueue<EventMessage>(slack, () => this.#listeners.delete(queue))
    this.#listeners.add(queue)
    signal.addEventListener('abort', () => queue.close(), { once: true })
    return queue
  }

  past(): readonly EventMessage[] {
    return this.#past
  }
}

function splitTime(time: string): [number, number] {
  return [Math.floor(Date.parse(time) / 1000), Number(time.slice(20, 29))]
}
