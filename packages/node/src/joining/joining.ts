import { isKind, messageOf, sleep, type Logger } from '@essaim/base'
import { Backoff } from '@essaim/agent'
import type { SwarmJoinRequest } from '@essaim/api-types'
import { NotLeader } from '@essaim/protocol'
import { joinTimeout } from '../messages.js'
import { attempt, type Joined } from './attempt.js'

/** Docker answers the command after this time, and goes on in the background. */
const answerMs = 20_000

/** A join that is asked for: it seeks the managers, one after another, until one takes or refuses this node. */
export class Joining {
  readonly #ended = new AbortController()
  /** Why the last attempt failed. */
  trouble = ''

  constructor(
    readonly request: SwarmJoinRequest,
    private readonly logger: Logger,
  ) {}

  /** Rejects when a manager refuses, or when `cancel` was called. */
  async run(): Promise<Joined> {
    const { signal } = this.#ended
    const remotes = this.request.RemoteAddrs ?? []
    const backoff = new Backoff({ firstMs: 200, mostMs: 5000 })
    let leader: string | undefined
    for (let n = 0; ; n++) {
      signal.throwIfAborted()
      const remote = leader ?? remotes[n % remotes.length] ?? ''
      leader = undefined
      try {
        return await attempt(remote, this.request, signal)
      } catch (error) {
        if (!isKind(error, 'unavailable')) throw error
        if (error instanceof NotLeader && error.leader !== undefined && error.leader !== remote) {
          leader = error.leader
          continue
        }
        this.trouble = messageOf(error)
        this.logger.warn('not joined yet', { manager: remote, error: this.trouble })
        await sleep(backoff.next(), signal)
      }
    }
  }

  get isCancelled(): boolean {
    return this.#ended.signal.aborted
  }

  cancel(): void {
    this.#ended.abort()
  }
}

/** `work`, or Docker's word that it takes longer than it waits for. */
export async function orTimeout(work: Promise<void>, limitMs = answerMs): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(joinTimeout()), limitMs)))
  try {
    await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
