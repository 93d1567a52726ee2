import assert from 'node:assert/strict'
import { nowNano, silentLogger, sleep } from '@essaim/base'
import { isPast, type Secret, type Task, type TaskState } from '@essaim/api-types'
import type { AssignmentsMessage, NetworkState } from '@essaim/protocol'
import { Manager, MemoryBackend, type Backend } from './index.js'

export const caller = { name: 'unix:0' }
export const nodeId = 'node0000000000000000000000'

interface Cleanup {
  after(run: () => Promise<void>): void
}

/** A manager with one agent that carries out at once what it is told. */
export async function openManager(
  t: Cleanup,
  backend: Backend = new MemoryBackend(),
): Promise<{ manager: Manager; agent: TestAgent }> {
  const manager = await Manager.open({
    dir: '',
    nodeId,
    address: '127.0.0.1:2377',
    logger: silentLogger,
    bootstrap: { spec: {}, defaultAddrPool: [], subnetSize: 0, dataPathPort: 4789 },
    backend,
  })
  const agent = new TestAgent(manager)
  await agent.start()
  t.after(async () => {
    await agent.stop()
    await manager.close()
  })
  return { manager, agent }
}

/** An agent without containers: a task is wherever it is meant to be. */
export class TestAgent {
  readonly tasks = new Map<string, Task>()
  readonly secrets = new Map<string, Secret>()
  readonly networks = new Map<string, NetworkState>()
  readonly messages: AssignmentsMessage[] = []
  readonly #abort = new AbortController()
  #sessionId = ''
  #running: Promise<void> = Promise.resolve()

  constructor(private readonly manager: Manager) {}

  get sessionId(): string {
    return this.#sessionId
  }

  async start(): Promise<void> {
    const description = { Hostname: 'host', Resources: { NanoCPUs: 4e9, MemoryBytes: 8e9 } }
    const hello = { nodeId, description, address: '127.0.0.1' }
    const session = this.manager.dispatcher.session(hello, this.#abort.signal)[Symbol.asyncIterator]()
    const first = await session.next()
    assert.equal(first.done, false)
    this.#sessionId = first.value.sessionId
    this.#running = Promise.all([this.#hear(), drain(session)]).then(() => {})
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  running(service: string): Task[] {
    const tasks = [...this.manager.store.view().find('task', 'state', 'running')]
    return tasks.filter(({ Internal }) => Internal.ServiceName === service)
  }

  /** Reports that the task's process ended. */
  async end(task: Task, State: TaskState): Promise<void> {
    await this.#report(task, State)
  }

  async until(met: () => boolean): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if (met()) return
      await sleep(10)
    }
    assert.fail('it did not come to that within 5 s')
  }

  async #hear(): Promise<void> {
    for await (const message of this.manager.dispatcher.assignments(this.#sessionId, this.#abort.signal)) {
      this.messages.push(message)
      const told = this.#take(message)
      await Promise.all(told.map((task) => this.#follow(task)))
    }
  }

  #take({ changes }: AssignmentsMessage): Task[] {
    const told: Task[] = []
    for (const change of changes) {
      if (change.action === 'remove') {
        if (change.kind === 'task') this.tasks.delete(change.id)
        if (change.kind === 'secret') this.secrets.delete(change.id)
        if (change.kind === 'network') this.networks.delete(change.id)
      } else if (change.item.kind === 'task') {
        this.#checkDependencies(change.item.task)
        this.tasks.set(change.item.task.ID, change.item.task)
        told.push(change.item.task)
      } else if (change.item.kind === 'secret') this.secrets.set(change.item.secret.ID, change.item.secret)
      else if (change.item.kind === 'network') this.networks.set(change.item.state.network.ID, change.item.state)
    }
    return told
  }

  #checkDependencies(task: Task): void {
    for (const { SecretID = '' } of task.Spec.ContainerSpec?.Secrets ?? []) assert.ok(this.secrets.has(SecretID))
    for (const { Network } of task.NetworksAttachments ?? []) assert.ok(this.networks.has(Network.ID))
  }

  async #follow(task: Task): Promise<void> {
    const stored = this.manager.store.view().get('task', task.ID)
    const goal = isPast(task.DesiredState, 'running') ? 'shutdown' : task.DesiredState
    if (stored !== undefined && isPast(goal, stored.Status.State)) await this.#report(task, goal)
  }

  async #report(task: Task, State: TaskState): Promise<void> {
    const update = { taskId: task.ID, status: { State, Timestamp: nowNano() }, ready: State === 'running' }
    await this.manager.dispatcher.updateTaskStatus(this.#sessionId, [update])
  }
}

async function drain(messages: AsyncIterator<unknown>): Promise<void> {
  while ((await messages.next()).done !== true);
}
