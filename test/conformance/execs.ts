import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function execs(t: TestContext, api: Api): Promise<void> {
  const body = { Image: 'busybox', Cmd: ['sleep', '600'], StopSignal: 'SIGKILL' }
  const id = String(at(await api.ok('POST', '/containers/create', { query: { name: 'conf-exec' }, body }), 'Id'))
  await api.refused(409, `Container ${id} is not running`, 'POST', '/containers/conf-exec/exec', {
    body: { Cmd: ['true'] },
  })
  await api.ok('POST', `/containers/${id}/start`)

  const create = async (request: object): Promise<string> => {
    return String(at(await api.ok('POST', '/containers/conf-exec/exec', { body: request }), 'Id'))
  }

  await t.test('detached: started, and its code afterwards', async () => {
    const exec = await create({ Cmd: ['sh', '-c', 'exit 3'] })
    assert.equal(at(await api.ok('GET', `/exec/${exec}/json`), 'Running'), false)
    assert.equal((await api.call('POST', `/exec/${exec}/start`, { body: { Detach: true } })).status, 200)
    for (const end = Date.now() + 5000; ;) {
      const found = await api.ok('GET', `/exec/${exec}/json`)
      if (at(found, 'Running') === false && at(found, 'ExitCode') !== null) {
        assert.equal(at(found, 'ExitCode'), 3)
        assert.equal(at(found, 'ContainerID'), id)
        break
      }
      assert.ok(Date.now() < end, 'the exec ends')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })

  await t.test('attached, without an upgrade', async () => {
    const exec = await create({ AttachStdout: true, AttachStderr: true, Cmd: ['sh', '-c', 'echo out; echo err >&2'] })
    const { body: bytes } = await api.call('POST', `/exec/${exec}/start`, { body: {} })
    assert.ok(bytes.includes('\x01\0\0\0\0\0\0\x04out\n'))
    assert.ok(bytes.includes('\x02\0\0\0\0\0\0\x04err\n'))
  })

  await t.test('with a terminal: raw, and its size can change', async () => {
    const exec = await create({ AttachStdout: true, Tty: true, Cmd: ['sh', '-c', 'sleep 1; echo done'] })
    const running = api.call('POST', `/exec/${exec}/start`, { body: { Tty: true } })
    await new Promise((resolve) => setTimeout(resolve, 400))
    await api.ok('POST', `/exec/${exec}/resize`, { query: { h: '10', w: '20' } })
    assert.equal((await running).body.toString(), 'done\r\n')
  })

  await t.test('a command that is not there: 126 or 127, told in the stream', async () => {
    const exec = await create({ AttachStdout: true, AttachStderr: true, Cmd: ['/no/such/command'] })
    const { body: bytes } = await api.call('POST', `/exec/${exec}/start`, { body: {} })
    assert.match(bytes.toString(), /OCI runtime exec failed/)
    assert.ok([126, 127].includes(Number(at(await api.ok('GET', `/exec/${exec}/json`), 'ExitCode'))))
  })

  await api.ok('DELETE', `/containers/${id}`, { query: { force: '1' } })
}
