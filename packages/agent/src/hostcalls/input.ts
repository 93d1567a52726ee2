import { once } from 'node:events'
import type { StreamSession } from '@essaim/api-types'
import type { CallPart } from '@essaim/protocol'

/** The caller's side of a conversation with a process: what is typed. */
export class Input {
  #session: StreamSession | undefined
  #closed = false

  /** From now on what is typed reaches this process. */
  begin(session: StreamSession): void {
    this.#session = session
    if (this.#closed) session.stdin?.end()
  }

  /** Takes a part of input; waits while the process reads none. */
  async hear({ kind, data }: CallPart): Promise<void> {
    const stdin = this.#session?.stdin
    if (!stdin || stdin.destroyed || stdin.writableEnded) return
    if (kind === 'end') stdin.end()
    else if (kind === 'stdin' && !stdin.write(data)) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')])
  }

  /** Nobody types any more. */
  close(): void {
    this.#closed = true
    this.#session?.stdin?.end()
  }
}
