import type { ContainerWaitResponse } from '@essaim/api-types'
import { Gate } from '@essaim/base'
import type { Mount } from '../containerd/index.js'
import type { ContainerRecord } from './record.js'
import type { Run } from './run/run.js'

/** A container in memory: its record, its run while it has one, and who waits for it. */
export class Container {
  run: Run | undefined
  /** Cancels a restart that is due, when there is one. */
  cancelRestart: (() => void) | undefined
  /** How long the last restart was put off, in milliseconds; 0 after a good run. */
  restartDelay = 0
  /** The next exit is the user's doing: no policy restarts it. */
  stopping = false
  /** Its snapshot's mounts, once they are known: they stay the same. */
  rootfs: Mount[] | undefined
  /** Ids of its execs that exist. */
  readonly execs = new Set<string>()
  /**
   * Execs of it that may start at once. The shim starts them one after the other anyhow, and with more than 32 of them
   * waiting in line its list of ended processes fills up: it then takes a second for each.
   */
  readonly execStarts = new Gate(4)

  readonly #exitWaiters = new Set<(answer: ContainerWaitResponse) => void>()
  readonly #removalWaiters = new Set<(answer: ContainerWaitResponse) => void>()
  readonly #runWaiters = new Set<(run: Run | undefined) => void>()

  constructor(readonly record: ContainerRecord) {}

  get id(): string {
    return this.record.id
  }

  get exitAnswer(): ContainerWaitResponse {
    const { exitCode, error } = this.record.state
    return { StatusCode: exitCode, ...(error !== '' && { Error: { Message: error } }) }
  }

  /** Resolves with the next exit, or the removal; rejects with the signal. */
  onceExited(signal: AbortSignal): Promise<ContainerWaitResponse> {
    return once(this.#exitWaiters, signal)
  }

  onceRemoved(signal: AbortSignal): Promise<ContainerWaitResponse> {
    return once(this.#removalWaiters, signal)
  }

  /** The run that begins next; undefined when the container is removed first. */
  onceStarted(signal: AbortSignal): Promise<Run | undefined> {
    return once(this.#runWaiters, signal)
  }

  began(run: Run): void {
    this.run = run
    settle(this.#runWaiters, run)
  }

  exited(): void {
    settle(this.#exitWaiters, this.exitAnswer)
  }

  removed(): void {
    settle(this.#exitWaiters, this.exitAnswer)
    settle(this.#removalWaiters, { StatusCode: this.record.state.exitCode })
    settle(this.#runWaiters, undefined)
  }
}

function once<T>(waiters: Set<(answer: T) => void>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const onAbort = (): void => {
      waiters.delete(done)
      reject(signal.reason as Error)
    }
    const done = (answer: T): void => {
      signal.removeEventListener('abort', onAbort)
      resolve(answer)
    }
    waiters.add(done)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function settle<T>(waiters: Set<(answer: T) => void>, answer: T): void {
  const all = [...waiters]
  waiters.clear()
  for (const waiter of all) waiter(answer)
}
