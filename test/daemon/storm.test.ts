import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { busyboxImage, docker, eventually, labImages, TestDaemon } from '@essaim/testing'
import { Api, at, unframed } from '../conformance/api.js'
import { inventory } from '../faults/inventory.js'

const skip = process.getuid?.() === 0 ? false : 'only root starts a daemon'
const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

/** Much at once: everything is answered, and afterwards everything is as before. */
suite('storms', { skip }, () => {
  let daemon: TestDaemon
  let api: Api
  const sleeper = { Image: 'busybox', Cmd: ['sleep', '10000'], StopSignal: 'SIGKILL' }
  const create = (name: string): Promise<unknown> =>
    api.ok('POST', '/containers/create', { query: { name }, body: sleeper })
  const start = (name: string): Promise<unknown> => api.ok('POST', `/containers/${name}/start`)
  const remove = (name: string): Promise<unknown> => api.ok('DELETE', `/containers/${name}`, { query: { force: '1' } })

  before(async () => {
    daemon = await TestDaemon.start({ name: 'storm', subnet: 165 })
    api = new Api(daemon.socket, undefined)
    await api.ok('POST', '/images/load', {
      raw: await busyboxImage(labImages.busybox),
      headers: { 'Content-Type': 'application/x-tar' },
    })
    await create('first')
    await start('first')
    await remove('first')
  })
  after(async () => {
    await daemon?.[Symbol.asyncDispose]()
  })

  /** Nothing is left but what was there before. */
  const settled = async (before: string[], files: number): Promise<void> => {
    await eventually('the inventory of before', async () => {
      const left = (await inventory(daemon)).filter((line) => !before.includes(line))
      return left.length === 0 || left.join('\n')
    })
    await filesWithin(files + 4)
  }
  const filesWithin = (limit: number): Promise<void> =>
    eventually('fewer open files', async () => openFiles(daemon) <= limit || `${openFiles(daemon)} open, not ${limit}`)

  test('containers by the dozen at once: made, started, listed, removed', { timeout: 300_000 }, async () => {
    const before = await inventory(daemon)
    const files = openFiles(daemon)
    const names = numbers(40).map((number) => `many-${number}`)
    await Promise.all(names.map(create))
    await Promise.all(names.map(start))
    const running = (await api.ok('GET', '/containers/json')) as object[]
    assert.equal(running.length, names.length)
    const addresses = running.map((each) => at(each, 'NetworkSettings', 'Networks', 'bridge', 'IPAddress'))
    assert.equal(new Set(addresses).size, names.length)
    assert.equal((await docker(daemon, 'run', '--rm', 'busybox', 'echo', 'among', 'many')).trim(), 'among many')
    await Promise.all(names.map(remove))
    assert.deepEqual(await api.ok('GET', '/containers/json', { query: { all: '1' } }), [])
    await settled(before, files)
  })

  test('150 execs at once in one container each give their own output and code', { timeout: 300_000 }, async () => {
    await create('busy')
    await start('busy')
    const before = await inventory(daemon)
    const files = openFiles(daemon)
    await Promise.all(
      numbers(150).map(async (number) => {
        const Cmd = ['sh', '-c', `echo ${number}; exit ${number}`]
        const body = { Cmd, AttachStdout: true, AttachStderr: true }
        const id = String(at(await api.ok('POST', '/containers/busy/exec', { body }), 'Id'))
        const answer = await api.call('POST', `/exec/${id}/start`, { body: { Detach: false } })
        assert.equal(unframed(answer.body), `${number}\n`)
        await eventually(
          `exit code ${number}`,
          async () => at(await api.ok('GET', `/exec/${id}/json`), 'ExitCode') === number,
        )
      }),
    )
    await settled(before, files)
    await remove('busy')
  })

  test('clients that stop in the middle of a body hold nobody up', { timeout: 120_000 }, async () => {
    const files = openFiles(daemon)
    const slow = numbers(100).map(() => {
      const out = request({
        socketPath: daemon.socket,
        agent: false,
        method: 'POST',
        path: '/containers/create',
        headers: { 'Content-Type': 'application/json', 'Content-Length': 1000 },
      })
      out.on('error', () => {
        // It is cut below.
      })
      out.write('{"Image":')
      return out
    })
    await eventually('all are connected', async () => openFiles(daemon) >= files + slow.length)
    assert.deepEqual(await api.ok('GET', '/containers/json', { query: { all: '1' } }), [])
    for (const out of slow) out.destroy()
    await filesWithin(files + 4)
  })
})

function openFiles(daemon: TestDaemon): number {
  return readdirSync(`/proc/${daemon.pid ?? 0}/fd`).length
}
