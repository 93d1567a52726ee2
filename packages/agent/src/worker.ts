import type { Task } from '@essaim/api-types'
import { isPast } from '@essaim/api-types'
import { messageOf, sleep, type Logger } from '@essaim/base'
import type { AssignmentsMessage } from '@essaim/protocol'
import type { AssignmentDiff, HeldAssignments } from './assignments/held.js'
import { taskLabel } from './container/names.js'
import type { Host } from './controller/host.js'
import { TaskRunner, type Manner } from './controller/runner.js'
import type { Status } from './controller/status.js'
import { removeContainer } from './controller/stop.js'
import type { StatusReporter } from './session/reporter.js'

/** A task as it is kept on disk: what was wanted, and how far it was. Secrets are only named in it. */
export interface KeptTask {
  task: Task
  status: Status
}

/** Where a node keeps its tasks; a write that has resolved survives the death of the process. */
export interface TaskTable {
  put(id: string, value: KeptTask): Promise<void>
  remove(id: string): Promise<void>
  entries(): { key: string; value: KeptTask }[]
}

const keepAgainMs = 1000

/** Keeps the tasks of this node as the managers want them. */
export class Worker {
  readonly #runners = new Map<string, TaskRunner>()
  readonly #removals = new Map<string, Promise<void>>()
  /** Networks that are wanted no longer, but may still have endpoints of tasks that are being removed. */
  readonly #leftNetworks = new Set<string>()
  readonly #closed = new AbortController()

  constructor(
    private readonly host: Host,
    readonly held: HeldAssignments,
    private readonly table: TaskTable,
    private readonly reporter: StatusReporter,
    private readonly logger: Logger,
  ) {}

  /** After a restart: goes on with the tasks that were here, and removes containers and files that belong to none. */
  async restore(): Promise<void> {
    const kept = this.table.entries()
    const known = new Set(kept.map(({ key }) => key))
    await this.host.files.keep((taskId) => known.has(taskId))
    const containers = await this.host.runtime.containers.list({
      all: true,
      size: false,
      filters: { label: [taskLabel] },
    })
    for (const { Id: id = '', Labels: labels } of containers) {
      const taskId = labels?.[taskLabel] ?? ''
      if (known.has(taskId)) continue
      this.logger.info('removing the container of a task that is gone', { container: id, task: taskId })
      await removeContainer(this.host, id)
    }
    for (const { value } of kept) this.#begin(value.task, value.status)
  }

  /** False when the message does not fit what is held: a complete one is needed. */
  async apply(message: AssignmentsMessage): Promise<boolean> {
    const diff = this.held.apply(message)
    if (!diff) return false
    if (message.type === 'complete') this.#compareWhole(message, diff)
    for (const { network } of diff.networks) this.#leftNetworks.delete(network.ID)
    const { id: nodeId, address } = this.host.node
    if (diff.networks.length > 0) await this.host.runtime.clusterNetworks.apply(diff.networks, { nodeId, address })
    // A task that stands for an attachment of a container by hand has nothing to be run.
    const tasks = diff.tasks.filter((task) => !task.Spec.NetworkAttachmentSpec)
    await Promise.all(tasks.map((task) => this.#assign(task)))
    for (const taskId of diff.removedTasks) this.#startRemoval(taskId)
    for (const networkId of diff.removedNetworks) this.#leftNetworks.add(networkId)
    await this.#removeNetworks()
    return true
  }

  /** Tells a new session how far each task is. */
  reportAll(): void {
    for (const [taskId, { observed }] of this.#runners) {
      void this.reporter.report({ taskId, status: observed, ready: observed.State === 'running' })
    }
  }

  /** The tasks that are on this node. */
  tasks(): Task[] {
    return [...this.#runners.values()].map((runner) => runner.current)
  }

  /** Lets go of all tasks; they go on running. */
  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()))
    await Promise.allSettled(this.#removals.values())
  }

  /** Removes all tasks, without their grace, and all networks of the cluster. */
  async leave(): Promise<void> {
    for (const taskId of this.#runners.keys()) this.#startRemoval(taskId, 'at once')
    await Promise.allSettled(this.#removals.values())
    for (const networkId of this.host.runtime.clusterNetworks.list()) this.#leftNetworks.add(networkId)
    await this.#removeNetworks()
    await this.host.files.keep(() => false)
  }

  /** A restarted agent knows less than it has: what a complete message does not name goes, whoever knew it. */
  #compareWhole(message: AssignmentsMessage, diff: AssignmentDiff): void {
    const wanted = new Set(diff.tasks.map((task) => task.ID))
    for (const taskId of this.#runners.keys()) {
      if (!wanted.has(taskId) && !diff.removedTasks.includes(taskId)) diff.removedTasks.push(taskId)
    }
    const networks = new Set(diff.networks.map(({ network }) => network.ID))
    for (const networkId of this.host.runtime.clusterNetworks.list()) {
      if (!networks.has(networkId) && !diff.removedNetworks.includes(networkId)) diff.removedNetworks.push(networkId)
    }
    this.logger.debug('complete assignments', {
      tasks: wanted.size,
      networks: networks.size,
      changes: message.changes.length,
    })
  }

  async #assign(task: Task): Promise<void> {
    const runner = this.#runners.get(task.ID)
    if (this.#removals.has(task.ID)) return
    // On disk before anything is done for it: what is found without it is an orphan.
    await this.table.put(task.ID, { task, status: runner?.observed ?? task.Status })
    if (runner) runner.update(task)
    else this.#begin(task, task.Status)
  }

  #begin(task: Task, status: Status): void {
    const publish = async (current: Task, reached: Status, ready: boolean): Promise<void> => {
      // Only an end that was told must never be taken back; what comes before it is found out again from the container.
      if (!isPast('running', reached.State)) {
        const kept = this.#keep({ task: current, status: reached })
        if (isPast(reached.State, 'running')) await kept
      }
      const stored = this.reporter.report({ taskId: current.ID, status: reached, ready })
      // Leaving the balancing is waited for: the managers tell the other nodes before the task stops.
      if (!ready && reached.State === 'running') await this.#within(stored)
    }
    this.#runners.set(task.ID, new TaskRunner(this.host, task, status, publish))
  }

  /** An end is written until it is; a disk that is full now may have room later. */
  async #keep(value: KeptTask): Promise<void> {
    const { signal } = this.#closed
    do {
      try {
        return await this.table.put(value.task.ID, value)
      } catch (error) {
        this.logger.error('task state not kept', { task: value.task.ID, error: messageOf(error) })
        await sleep(keepAgainMs, signal).catch(() => {})
      }
    } while (isPast(value.status.State, 'running') && !signal.aborted)
  }

  /** Managers that are away must not keep a task from stopping. */
  async #within(stored: Promise<void>): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.host.clock.after(1000, resolve)
      void stored.then(() => {
        cancel()
        resolve()
      })
    })
  }

  #startRemoval(taskId: string, manner: Manner = 'with grace'): void {
    const runner = this.#runners.get(taskId)
    if (!runner || this.#removals.has(taskId)) return
    const removal = this.#remove(taskId, runner, manner).catch((error: unknown) => {
      this.logger.error('task not removed, it is tried again with the next start', {
        task: taskId,
        error: messageOf(error),
      })
    })
    this.#removals.set(taskId, removal)
    void removal.then(async () => {
      this.#removals.delete(taskId)
      await this.#removeNetworks()
    })
  }

  async #remove(taskId: string, runner: TaskRunner, manner: Manner): Promise<void> {
    await runner.remove(manner)
    this.#runners.delete(taskId)
    this.reporter.forget(taskId)
    await this.table.remove(taskId)
  }

  async #removeNetworks(): Promise<void> {
    const used = new Set(
      this.tasks().flatMap((task) => (task.NetworksAttachments ?? []).map((each) => each.Network.ID)),
    )
    for (const networkId of this.#leftNetworks) {
      if (used.has(networkId)) continue
      this.#leftNetworks.delete(networkId)
      try {
        await this.host.runtime.clusterNetworks.remove(networkId)
      } catch (error) {
        // A container that was attached by hand still holds it: the next change of assignments tries again.
        this.#leftNetworks.add(networkId)
        this.logger.warn('network not removed from this host yet', { network: networkId, error: messageOf(error) })
        return
      }
    }
  }
}
