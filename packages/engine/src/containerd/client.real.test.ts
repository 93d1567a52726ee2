import { silentLogger, zeroTime } from '@essaim/base'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isCode } from './error.js'
import { openContainerd, type OpenContainerd } from './open.js'
import { Supervisor } from './supervise.js'

const folder = mkdtempSync('/tmp/essaim-containerd-')
const roots = { dataRoot: join(folder, 'data'), execRoot: join(folder, 'run'), logger: silentLogger }
let open: OpenContainerd

before(async () => {
  open = await openContainerd(roots)
})

after(async () => {
  open.client.close()
  await open.supervisor?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('errors carry the code by name', async () => {
  await assert.rejects(open.client.images.get('none'), (error: unknown) => isCode(error, 'NOT_FOUND'))
  await assert.rejects(open.client.tasks.get('none'), (error: unknown) => isCode(error, 'NOT_FOUND'))
})

test('a blob is written in pieces, read back, and refused under a wrong digest', async () => {
  const data = Buffer.alloc(300_000, 'x')
  const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`
  await open.client.leases.during('test', async (lease) => {
    await using writer = open.client.content.writer('one', { lease })
    assert.equal(await writer.open(), 0)
    await writer.write(data.subarray(0, 100_000))
    await writer.write(data.subarray(100_000))
    assert.equal(await writer.commit({ digest, size: data.length }, { 'essaim.test': 'yes' }), digest)
    assert.deepEqual(await open.client.content.readAll(digest), data)
    const info = await open.client.content.info(digest)
    assert.equal(info.labels['essaim.test'], 'yes')
    assert.notEqual(info.createdAt, zeroTime)

    await using wrong = open.client.content.writer('two', { lease })
    await wrong.open()
    await wrong.write(Buffer.from('other'))
    const commit = wrong.commit({ digest: `sha256:${'0'.repeat(64)}`, size: 5 })
    await assert.rejects(commit, (error: unknown) => isCode(error, 'FAILED_PRECONDITION'))
    await open.client.content.abort('two')
  })
})

test('a second writer of a ref is locked out', async () => {
  await using first = open.client.content.writer('locked')
  await first.open()
  await using second = open.client.content.writer('locked')
  await assert.rejects(second.open(), /locked/)
})

test('an aborted call rejects with the signal`s reason', async () => {
  const signal = AbortSignal.timeout(100)
  await assert.rejects(
    async () => {
      for await (const event of open.client.events.tasks({ signal })) assert.fail(event.topic)
    },
    { name: 'TimeoutError' },
  )
})

test('it outlives its supervisor, is adopted, and is started again when it dies', async () => {
  const before = open.supervisor?.pid()
  await open.supervisor?.close()
  const next = await Supervisor.start(roots)
  try {
    assert.equal(next.pid(), before)
    process.kill(before ?? 0, 'SIGKILL')
    for (let wait = 0; wait < 100 && (next.pid() ?? before) === before; wait++)
      await new Promise((r) => setTimeout(r, 100))
    assert.notEqual(next.pid(), before)
    assert.match((await retried(() => open.client.version.get({ timeout: 1000 }))).version, /\d/)
  } finally {
    await next.close()
  }
})

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      await new Promise((r) => setTimeout(r, 100))
    }
  }
}
