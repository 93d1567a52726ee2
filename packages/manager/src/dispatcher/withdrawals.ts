import type { Clock } from '@essaim/base'
import type { Session } from './session.js'

/** How long a node that does not answer can keep a task of another from stopping (ms). */
const patienceMs = 1000

interface Withdrawal {
  taskIds: string[]
  /** Those that may still send to one of the tasks. */
  behind: Set<Session>
  done: () => void
}

/** Tasks that are about to stop, and the nodes that have not yet followed. */
export class Withdrawals {
  readonly #open = new Set<Withdrawal>()

  constructor(private readonly clock: Clock) {}

  /** Resolves when none of `sessions` sends to the tasks, or patience is at its end. */
  async until(taskIds: string[], sessions: Session[]): Promise<void> {
    const behind = new Set(sessions.filter((session) => sendsToOne(session, taskIds)))
    if (behind.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(patienceMs, () => withdrawal.done())
      const withdrawal: Withdrawal = {
        taskIds,
        behind,
        done: () => {
          cancel()
          this.#open.delete(withdrawal)
          resolve()
        },
      }
      this.#open.add(withdrawal)
    })
  }

  /** The session has followed, or is over. */
  moved(session: Session): void {
    for (const withdrawal of this.#open) {
      const { behind, taskIds, done } = withdrawal
      if (!behind.has(session) || (!session.signal.aborted && sendsToOne(session, taskIds))) continue
      behind.delete(session)
      if (behind.size === 0) done()
    }
  }

  close(): void {
    for (const { done } of this.#open) done()
  }
}

const sendsToOne = ({ told }: Session, taskIds: string[]): boolean => taskIds.some((id) => told.sendsTo(id))
