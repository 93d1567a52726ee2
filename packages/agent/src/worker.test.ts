import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Task, TaskState } from '@essaim/api-types'
import { Gate, silentLogger, systemClock } from '@essaim/base'
import type { AssignmentChange, AssignmentsMessage, TaskStatusUpdate } from '@essaim/protocol'
import { HeldAssignments } from './assignments/held.js'
import { ContainerEvents } from './controller/events.js'
import { TaskFiles } from './files/task-files.js'
import { exampleTask, FakeEngine, FakeTable } from './fixture.js'
import { StatusReporter } from './session/reporter.js'
import { Worker } from './worker.js'

interface Bench {
  engine: FakeEngine
  table: FakeTable
  worker: Worker
  reports: TaskStatusUpdate[]
  /** Resolves with the first report of the task in that state. */
  reached: (id: string, state: TaskState) => Promise<TaskStatusUpdate>
}

function bench(t: TestContext, engine = new FakeEngine(), table = new FakeTable()): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'essaim-agent-'))
  const held = new HeldAssignments()
  const events = new ContainerEvents()
  const reporter = new StatusReporter()
  const ended = new AbortController()
  const host = {
    runtime: engine.runtime,
    node: { id: 'node', address: '192.0.2.1', hostname: 'vm', platform: {} },
    files: new TaskFiles(join(folder, 'files')),
    materials: held,
    events,
    starts: new Gate(2),
    clock: systemClock,
    logger: silentLogger,
  }
  const worker = new Worker(host, held, table, reporter, silentLogger)
  const reports: TaskStatusUpdate[] = []
  const seen = new Set<() => void>()
  void events.run(() => engine.runtime.events.subscribe(ended.signal), ended.signal)
  void reporter.run(async (updates) => {
    reports.push(...updates)
    seen.forEach((look) => look())
  }, ended.signal)
  t.after(async () => {
    await worker.close()
    ended.abort()
    rmSync(folder, { recursive: true })
  })
  const reached = (id: string, state: TaskState): Promise<TaskStatusUpdate> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${id} did not become ${state}`)), 5000)
      const look = (): void => {
        const report = reports.find(({ taskId, status }) => taskId === id && status.State === state)
        if (!report) return
        clearTimeout(timer)
        seen.delete(look)
        resolve(report)
      }
      seen.add(look)
      look()
    })
  return { engine, table, worker, reports, reached }
}

let revision = 0
function complete(...tasks: Task[]): AssignmentsMessage {
  const changes = tasks.map((task): AssignmentChange => ({ action: 'update', item: { kind: 'task', task } }))
  return { type: 'complete', appliesTo: '', resultsIn: String(++revision), changes }
}

void test('a task is brought to running, and its exit is its end', async (t) => {
  const { worker, reached, engine } = bench(t)
  await worker.apply(complete(exampleTask('t1')))
  const running = await reached('t1', 'running')
  assert.deepEqual([running.ready, running.status.Message], [true, 'started'])
  assert.deepEqual(running.status.ContainerStatus, { ContainerID: 'id-web.1.t1', PID: 7, ExitCode: 0 })
  engine.exit('web.1.t1', 3)
  const failed = await reached('t1', 'failed')
  assert.equal(failed.status.Err, 'task: non-zero exit (3)')
  assert.equal(failed.status.ContainerStatus?.ExitCode, 3)
  await worker.apply(complete(exampleTask('t2')))
  await reached('t2', 'running')
  engine.exit('web.1.t2', 0)
  assert.equal((await reached('t2', 'complete')).status.Message, 'finished')
})

void test('an image that nobody has rejects the task', async (t) => {
  const { worker, reached } = bench(t)
  await worker.apply(complete(exampleTask('t1', {}, { Image: 'nosuch:latest' })))
  assert.equal((await reached('t1', 'rejected')).status.Err, 'No such image: nosuch:latest')
})

void test('a task with a health check runs when it is healthy, and fails when it is not any more', async (t) => {
  const { worker, reached, engine, reports } = bench(t)
  await worker.apply(complete(exampleTask('t1', {}, { HealthCheck: { Test: ['CMD', 'x'] } })))
  await reached('t1', 'starting')
  await until(() => engine.live.get('web.1.t1')?.state.Running === true)
  await turn()
  assert.equal(
    reports.some(({ status }) => status.State === 'running'),
    false,
  )
  engine.health('web.1.t1', 'healthy')
  await reached('t1', 'running')
  await turn()
  engine.health('web.1.t1', 'unhealthy')
  const failed = await reached('t1', 'failed')
  assert.equal(failed.status.Err, 'task: non-zero exit (143): dockerexec: unhealthy container')
  assert.ok(engine.calls.indexOf('drain t1') < engine.calls.indexOf('stop web.1.t1'))
})

void test('a task that shall end leaves the balancing before it is stopped', async (t) => {
  const { worker, reached, engine, reports } = bench(t)
  await worker.apply(complete(exampleTask('t1')))
  await reached('t1', 'running')
  await worker.apply(complete(exampleTask('t1', { DesiredState: 'shutdown' })))
  assert.equal((await reached('t1', 'shutdown')).status.Message, 'shutdown')
  assert.ok(engine.calls.indexOf('drain t1') < engine.calls.indexOf('stop web.1.t1'))
  assert.ok(reports.some(({ status, ready }) => status.State === 'running' && !ready))
  assert.ok(engine.live.has('web.1.t1'), 'the stopped container stays until the task is gone')
})

void test('what is assigned no longer is stopped and removed, from memory, engine and disk', async (t) => {
  const { worker, reached, engine, table } = bench(t)
  await worker.apply(complete(exampleTask('t1')))
  await reached('t1', 'running')
  await worker.apply(complete())
  await until(() => table.kept.size === 0)
  assert.deepEqual([...engine.live.keys()], [])
  assert.deepEqual(worker.tasks(), [])
})

void test('a restarted agent goes on with what runs, and starts nothing before the managers spoke', async (t) => {
  const before = bench(t)
  await before.worker.apply(complete(exampleTask('t1'), exampleTask('t2', { DesiredState: 'ready' })))
  await before.reached('t1', 'running')
  await before.reached('t2', 'ready')
  await before.worker.close()
  const { engine, table } = before
  const kept = table.kept.get('t2')
  assert.ok(kept)
  kept.task.DesiredState = 'running'
  await engine.runtime.containers.create(
    { Image: 'alpine', Labels: { 'com.docker.swarm.task.id': 'stranger' } },
    { name: 'orphan' },
  )
  const calls = engine.calls.length
  const after = bench(t, engine, table)
  await after.worker.restore()
  await turn()
  assert.deepEqual(engine.calls.slice(calls), ['remove id-orphan'])
  await after.worker.apply(complete(exampleTask('t1'), exampleTask('t2')))
  await after.reached('t2', 'running')
  assert.equal(engine.calls.filter((call) => call === 'start web.1.t1').length, 1)
  engine.exit('web.1.t1', 0)
  await after.reached('t1', 'complete')
})

void test('a message that does not follow is refused', async (t) => {
  const { worker } = bench(t)
  await worker.apply(complete())
  const message: AssignmentsMessage = { type: 'incremental', appliesTo: 'elsewhere', resultsIn: 'x', changes: [] }
  assert.equal(await worker.apply(message), false)
})

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; Date.now() < end; await turn()) if (holds()) return
  assert.fail('it did not come about')
}
