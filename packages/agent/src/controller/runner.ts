import type { Task } from '@essaim/api-types'
import { isPast, isTerminal } from '@essaim/api-types'
import { messageOf } from '@essaim/base'
import { Backoff } from '../session/backoff.js'
import type { Host } from './host.js'
import { prepare } from './prepare.js'
import { containerFacts, inspect, start } from './start.js'
import { ended, isPassing, moved, type Status } from './status.js'
import { nextStep, type Step } from './step.js'
import { removeContainer, stopContainer } from './stop.js'
import { watch } from './watch.js'
import { taskName } from '../container/names.js'

/** Told of every change; a state that ends the task is on disk when it resolves. */
export type Publish = (task: Task, status: Status, ready: boolean) => Promise<void>

/** Whether a task that is removed gets its stop signal and its time. */
export type Manner = 'with grace' | 'at once'

/**
 * Between the last new connection and the stop signal: connections that are on their way, or that the kernel has accepted
 * and the server not yet, would be reset by a server that closes its port.
 */
const settleMs = 100

/** Brings one task through its life: decides the next step, takes it, publishes where that led, and again. */
export class TaskRunner {
  #wake: () => void = () => {}
  #step = new AbortController()
  #closed = false
  readonly #backoff = new Backoff({ firstMs: 100, mostMs: 10_000 })
  readonly #done: Promise<void>

  constructor(
    private readonly host: Host,
    private task: Task,
    private status: Status,
    private readonly publish: Publish,
  ) {
    this.#done = this.#run().catch((error: unknown) => {
      this.host.logger.error('a task is left as it is', this.#fields({ error }))
    })
  }

  get observed(): Status {
    return this.status
  }

  get current(): Task {
    return this.task
  }

  /** The managers' newest word on the task. What is under way is broken off when the task shall end. */
  update(task: Task): void {
    this.task = task
    if (isPast(task.Status.State, this.status.State)) this.status = task.Status
    if (isPast(task.DesiredState, 'complete')) this.#step.abort()
    this.#wake()
  }

  /** Lets go of the task; its container goes on as it is. */
  async close(): Promise<void> {
    this.#closed = true
    this.#step.abort()
    this.#wake()
    await this.#done
  }

  /** Ends the task if it lives, and removes its container and files. */
  async remove(manner: Manner): Promise<void> {
    await this.close()
    if (manner === 'with grace' && !isTerminal(this.status.State)) await this.#stop()
    await removeContainer(this.host, taskName(this.task))
    await this.host.files.remove(this.task.ID)
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const { State: observed } = this.status
      const now = this.host.clock.now()
      const { DesiredState: desired, Internal: internal } = this.task
      const { heard } = this.host.materials
      const next = nextStep({ observed, desired, notBefore: internal.NotBefore, now, heard })
      if (next.do === 'nothing') await this.#change()
      else if (next.do === 'wait-until') await this.#change(next.time - now)
      else await this.#take(next)
    }
  }

  async #take(step: Exclude<Step, { do: 'nothing' | 'wait-until' }>): Promise<void> {
    this.#step = new AbortController()
    const { signal } = this.#step
    try {
      this.status = await this.#do(step, signal)
      this.#backoff.reset()
    } catch (error) {
      if (signal.aborted) return
      if (isPassing(error) || step.do === 'stop') {
        const delay = this.#backoff.next()
        this.host.logger.warn('a task step is tried again', this.#fields({ step: step.do, delay, error }))
        return this.#change(delay)
      }
      this.status = ended(this.status, error)
      this.host.logger.warn('task ended', this.#fields({ state: this.status.State, error }))
    }
    await this.publish(this.task, this.status, this.status.State === 'running')
    if (isTerminal(this.status.State)) await this.#removeFiles()
  }

  /** Files that stay behind are removed with the container, or at the next start. */
  async #removeFiles(): Promise<void> {
    try {
      await this.host.files.remove(this.task.ID)
    } catch (error) {
      this.host.logger.error('secrets and configs of a task were not removed', this.#fields({ error }))
    }
  }

  async #do(step: Exclude<Step, { do: 'nothing' | 'wait-until' }>, signal: AbortSignal): Promise<Status> {
    const { host, task, status } = this
    switch (step.do) {
      case 'move':
        return moved(status, step.to)
      case 'prepare':
        return moved(status, 'ready', await prepare(host, task, signal))
      case 'start':
        return moved(status, 'running', await start(host, task, signal))
      case 'watch':
        return moved(status, 'complete', await watch(host, task, () => this.#leaveBalancing(), signal))
      case 'stop':
        await this.#stop()
        return moved(status, 'shutdown', await this.#lastFacts())
    }
  }

  async #stop(): Promise<void> {
    if (this.status.State === 'running') await this.#leaveBalancing()
    await stopContainer(this.host, this.task)
  }

  /** No new connections from this host at once, and from the others as soon as the managers know. */
  async #leaveBalancing(): Promise<void> {
    await Promise.all([
      this.host.runtime.clusterNetworks.drain(this.task.ID),
      this.publish(this.task, this.status, false),
    ])
    if ((this.task.NetworksAttachments ?? []).length === 0) return
    await new Promise<void>((resolve) => void this.host.clock.after(settleMs, resolve))
  }

  async #lastFacts(): Promise<{ container?: ReturnType<typeof containerFacts> }> {
    try {
      return { container: containerFacts(await inspect(this.host, this.task)) }
    } catch {
      // There was never a container, or it is gone already: there is nothing to tell of it.
      return {}
    }
  }

  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = ms === undefined ? () => {} : this.host.clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  #fields({ error, ...rest }: { error: unknown; [key: string]: unknown }): Record<string, string> {
    const fields = Object.entries(rest).map(([key, value]) => [key, String(value)])
    return { task: this.task.ID, name: taskName(this.task), ...Object.fromEntries(fields), error: messageOf(error) }
  }
}
