import { test } from 'node:test'
import assert from 'node:assert/strict'
import { randomIds } from '@essaim/base'
import type { LogEntry, LogsOptions, Task } from '@essaim/api-types'
import type { LogRecord, LogSubscriptionMessage } from '@essaim/protocol'
import { MemoryBackend, openStore } from '../store/index.js'
import { LogBroker } from './index.js'

const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const once: LogsOptions = { follow: false, stdout: true, stderr: true, timestamps: false, details: false }
const never = new AbortController().signal

const task = (ID: string, NodeID: string): Task => ({
  ID,
  ...unborn,
  Spec: {},
  ServiceID: 's',
  NodeID,
  Status: { State: 'running', Timestamp: '' },
  DesiredState: 'running',
  Internal: { SpecVersion: 0, ServiceName: 's', ServiceLabels: {}, Ports: [], NotBefore: 0 },
})

async function brokerWith(...tasks: Task[]): Promise<LogBroker> {
  const store = await openStore(new MemoryBackend())
  await store.update({ name: 'system' }, 'create', (tx) => tasks.forEach((one) => tx.create('task', one)))
  return new LogBroker(store, randomIds)
}

const record = (nodeId: string, line: string): LogRecord => ({
  taskId: `t-${nodeId}`,
  serviceId: 's',
  nodeId,
  stream: 'stdout',
  time: '2026-01-01T00:00:00Z',
  data: Buffer.from(line),
})

async function* of(...batches: LogRecord[][]): AsyncGenerator<LogRecord[]> {
  for (const batch of batches) yield await Promise.resolve(batch)
}

async function* forever(nodeId: string): AsyncGenerator<LogRecord[]> {
  for (let n = 0; ; n++) yield await Promise.resolve([record(nodeId, `${n}\n`)])
}

const agent = (broker: LogBroker, nodeId: string): AsyncIterator<LogSubscriptionMessage> =>
  broker.subscriptions(nodeId, never)[Symbol.asyncIterator]()

async function opened(messages: AsyncIterator<LogSubscriptionMessage>): Promise<string> {
  const { value } = (await messages.next()) as { value: LogSubscriptionMessage }
  assert.equal(value.action, 'open')
  return value.subscriptionId
}

async function read(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  const lines: string[] = []
  for await (const { data } of entries) lines.push(data.toString())
  return lines
}

test('the logs of all nodes come as one stream that says where each line is from', async () => {
  const broker = await brokerWith(task('t-a', 'a'), task('t-b', 'b'))
  const [a, b] = [agent(broker, 'a'), agent(broker, 'b')]
  const { entries, tty } = await broker.logs({ serviceId: 's' }, once, never)
  assert.equal(tty, false)
  const sent = [
    broker.publish('a', await opened(a), of([record('a', '1\n'), record('a', '2\n')], [record('a', '3\n')])),
    broker.publish('b', await opened(b), of([record('b', '4\n')])),
  ]
  const all: LogEntry[] = []
  for await (const entry of entries) all.push(entry)
  await Promise.all(sent)
  assert.deepEqual(all.map(({ data }) => data.toString()).sort(), ['1\n', '2\n', '3\n', '4\n'])
  assert.deepEqual(all[0]?.attributes, {
    'com.docker.swarm.node.id': 'a',
    'com.docker.swarm.service.id': 's',
    'com.docker.swarm.task.id': 't-a',
  })
})

test('a node that does not answer is named at the end', async () => {
  const broker = await brokerWith(task('t-a', 'a'), task('t-b', 'b'))
  const a = agent(broker, 'a')
  const { entries } = await broker.logs({ serviceId: 's' }, once, never)
  const reading = read(entries)
  await broker.publish('a', await opened(a), of([record('a', '1\n')]))
  await assert.rejects(reading, /warning: incomplete log stream.*: node b is not available/)
})

test('a node that breaks off is named at the end', async () => {
  const broker = await brokerWith(task('t-a', 'a'))
  const a = agent(broker, 'a')
  const { entries } = await broker.logs({ taskId: 't-a' }, once, never)
  const reading = read(entries)
  async function* breaking(): AsyncGenerator<LogRecord[]> {
    yield await Promise.resolve([record('a', '1\n')])
    throw new Error('gone')
  }
  await assert.rejects(broker.publish('a', await opened(a), breaking()), /gone/)
  await assert.rejects(reading, /node a disconnected unexpectedly/)
})

test('a node whose session ends before it has answered is not waited for', async () => {
  const broker = await brokerWith(task('t-a', 'a'))
  const session = new AbortController()
  const a = broker.subscriptions('a', session.signal)[Symbol.asyncIterator]()
  const { entries } = await broker.logs({ taskId: 't-a' }, once, never)
  const reading = read(entries)
  await opened(a)
  session.abort()
  await assert.rejects(reading, /node a disconnected unexpectedly/)
})

test('a node that comes back sends what follows the last line that it sent', async () => {
  const broker = await brokerWith(task('t-a', 'a'))
  const a = agent(broker, 'a')
  const stop = new AbortController()
  const { entries } = await broker.logs({ serviceId: 's' }, { ...once, tail: 5, follow: true }, stop.signal)
  const reading = read(entries)
  await broker.publish('a', await opened(a), of([record('a', '1\n')]))
  const again = (await agent(broker, 'a').next()) as { value: Extract<LogSubscriptionMessage, { action: 'open' }> }
  const { since, tail } = again.value.options
  assert.deepEqual([since, tail], ['2026-01-01T00:00:00.000000001Z', undefined])
  stop.abort()
  assert.deepEqual(await reading, ['1\n'])
})

test('whoever stops listening stops the nodes, and a late node is told of those who follow', async () => {
  const broker = await brokerWith(task('t-a', 'a'))
  const a = agent(broker, 'a')
  const stop = new AbortController()
  const { entries } = await broker.logs({ serviceId: 's' }, { ...once, follow: true }, stop.signal)
  const b = agent(broker, 'b')
  const subscriptionId = await opened(b)
  const publishing = broker.publish('a', await opened(a), forever('a'))
  let seen = 0
  for await (const _ of entries) if (++seen === 5) break
  await assert.rejects(publishing, /nobody listens/)
  const closed = (await a.next()) as { value: LogSubscriptionMessage }
  assert.deepEqual(closed.value, { action: 'close', subscriptionId })
  await assert.rejects(broker.publish('a', subscriptionId, of()), /nobody listens/)
})

test('a service that never ran has an empty log', async () => {
  const broker = await brokerWith()
  const { entries } = await broker.logs({ serviceId: 's' }, once, never)
  assert.deepEqual(await read(entries), [])
})
