import { AsyncQueue, messageOf, unavailable } from '@essaim/base'
import type { EventMessage } from '@essaim/api-types'
import { taskLabel } from '../container/names.js'

/** The engine's events of task containers, handed to those who follow a task. */
export class ContainerEvents {
  readonly #followers = new Map<string, Set<AsyncQueue<EventMessage>>>()

  /** What happens to the task's container from now on. Closing the queue ends it; it throws `unavailable` when events were lost. */
  follow(taskId: string): AsyncQueue<EventMessage> {
    const followers = this.#followers.get(taskId) ?? new Set()
    this.#followers.set(taskId, followers)
    const queue: AsyncQueue<EventMessage> = new AsyncQueue(Infinity, () => {
      followers.delete(queue)
      if (followers.size === 0 && this.#followers.get(taskId) === followers) this.#followers.delete(taskId)
    })
    followers.add(queue)
    return queue
  }

  /** Runs until `signal`; a subscription that broke is made anew after all followers were told to look again. */
  async run(subscribe: () => AsyncIterable<EventMessage>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of subscribe()) this.#hand(event)
        if (!signal.aborted) this.#lose('the stream of events ended')
      } catch (error) {
        this.#lose(messageOf(error))
      }
    }
  }

  #hand(event: EventMessage): void {
    if (event.Type !== 'container') return
    const taskId = event.Actor?.Attributes?.[taskLabel]
    for (const follower of this.#followers.get(taskId ?? '') ?? []) follower.push(event)
  }

  #lose(why: string): void {
    const all = [...this.#followers.values()].flatMap((each) => [...each])
    for (const follower of all) follower.close(unavailable('agent.events-lost', `container events were lost: ${why}`))
  }
}
