import type { TaskStatusUpdate } from '@essaim/protocol'
import { sleep } from '@essaim/base'

/** How long reports are gathered after one was sent. */
const gatherMs = 3

/** How long a report on which nobody acts may wait for company. */
const companyMs = 100

interface Waiting {
  update: TaskStatusUpdate
  sent: (() => void)[]
}

/** Resolves when no other node sends new connections to the tasks. */
export type UntilWithdrawn = (taskIds: string[]) => Promise<void>

/**
 * What is to be told to the managers: the newest of each task. The first goes out at once, those that come meanwhile
 * go together, and so do those that only inform. What was not taken stays for the next session.
 */
export class StatusReporter {
  #waiting = new Map<string, Waiting>()
  #wake: () => void = () => {}
  #closed = false

  /**
   * Resolves when the managers have stored it, or have been told something newer; for a running task that is not ready any
   * more, when no other node sends it new connections.
   */
  report(update: TaskStatusUpdate): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const before = this.#waiting.get(update.taskId)?.sent ?? []
      this.#waiting.set(update.taskId, { update, sent: [...before, resolve] })
      this.#wake()
    })
  }

  /** Nobody needs to hear of the task any more. */
  forget(taskId: string): void {
    const waiting = this.#waiting.get(taskId)
    this.#waiting.delete(taskId)
    waiting?.sent.forEach((resolve) => resolve())
  }

  /** There is nobody to tell any more: what waits is let go, and so is what comes. */
  close(): void {
    this.#closed = true
    for (const taskId of this.#waiting.keys()) this.forget(taskId)
  }

  /** Sends until `signal`; throws what `send` throws. */
  async run(
    send: (updates: TaskStatusUpdate[]) => Promise<void>,
    signal: AbortSignal,
    untilWithdrawn: UntilWithdrawn = () => Promise.resolve(),
  ): Promise<void> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    while (!signal.aborted) {
      if (this.#waiting.size === 0) {
        await this.#woken()
        continue
      }
      await this.#company(signal)
      const batch = this.#waiting
      this.#waiting = new Map()
      try {
        await send([...batch.values()].map(({ update }) => update))
      } catch (error) {
        this.#putBack(batch)
        throw error
      }
      this.#tellStored([...batch.values()], untilWithdrawn)
      await sleep(gatherMs)
    }
  }

  /** A task that leaves the balancing is told when all nodes have followed; other reports go on meanwhile. */
  #tellStored(batch: Waiting[], untilWithdrawn: UntilWithdrawn): void {
    const leaving = batch.filter(({ update }) => leavesBalancing(update))
    for (const { update, sent } of batch) if (!leavesBalancing(update)) sent.forEach((resolve) => resolve())
    if (leaving.length === 0) return
    const tell = (): void => leaving.forEach(({ sent }) => sent.forEach((resolve) => resolve()))
    // A session that is over cannot say it; the task must stop all the same.
    untilWithdrawn(leaving.map(({ update }) => update.taskId)).then(tell, tell)
  }

  /** Until there is a report that is acted upon, or those that are there have waited long enough. */
  async #company(signal: AbortSignal): Promise<void> {
    let enough = false
    const timer = setTimeout(() => {
      enough = true
      this.#wake()
    }, companyMs)
    const isUrgent = (): boolean => [...this.#waiting.values()].some(({ update }) => !onlyInforms(update))
    while (!signal.aborted && !enough && !isUrgent()) await this.#woken()
    clearTimeout(timer)
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  #putBack(batch: Map<string, Waiting>): void {
    for (const [taskId, { update, sent }] of batch) {
      const newer = this.#waiting.get(taskId)
      this.#waiting.set(taskId, newer ? { ...newer, sent: [...sent, ...newer.sent] } : { update, sent })
    }
  }
}

const leavesBalancing = ({ status, ready }: TaskStatusUpdate): boolean => status.State === 'running' && !ready

/** On the way to `ready` and `running` the managers have nothing to do. */
const onlyInforms = ({ status }: TaskStatusUpdate): boolean =>
  ['accepted', 'preparing', 'starting'].includes(status.State)
