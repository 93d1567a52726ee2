import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { internal, notFound } from '@essaim/base'
import type { ExecInspect } from './backend.js'
import { readAll, startServer } from '../../test-support/server.js'

const found: ExecInspect = {
  ID: 'e',
  ContainerID: 'c',
  Running: false,
  ExitCode: null,
  Pid: 0,
  ProcessConfig: {},
  OpenStdin: true,
  OpenStdout: true,
  OpenStderr: true,
  CanRemove: false,
  DetachKeys: '',
}

test('an exec start that upgrades takes its body first; what follows is the input', async (t) => {
  const { raw } = await startServer(t, {
    exec: {
      inspect: async () => found,
      async start(id, options) {
        const stdin = new PassThrough()
        async function* output(): AsyncGenerator<{ stream: 'stdout'; data: Buffer }> {
          yield { stream: 'stdout', data: Buffer.from(`${id} ${JSON.stringify(options)} `) }
          for await (const data of stdin as AsyncIterable<Buffer>) yield { stream: 'stdout', data }
        }
        return { tty: options.tty, stdin, output: output() }
      },
    },
  })
  const body = '{"Tty":true,"ConsoleSize":[24,80]}'
  const socket = raw(
    'POST /exec/e/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}typed`,
  )
  socket.end()
  const text = Buffer.concat(await readAll(socket)).toString()
  assert.ok(text.endsWith('\r\n\r\ne {"detach":false,"tty":true,"consoleSize":[24,80]} typed'), text)
})

test('a command that cannot start is told in the stream, an unknown exec by its status', async (t) => {
  const { call } = await startServer(t, {
    exec: {
      async inspect(id) {
        if (id === 'none') throw notFound('x', 'No such exec instance: none')
        return found
      },
      async start() {
        throw internal('x', 'OCI runtime exec failed: no such file')
      },
    },
  })
  const failed = await call('POST', '/exec/e/start', { body: { Tty: true } })
  assert.equal(failed.status, 200)
  assert.equal(failed.text, 'OCI runtime exec failed: no such file\r\n')
  assert.equal((await call('POST', '/exec/none/start', { body: {} })).status, 404)
  assert.equal((await call('POST', '/exec/e/start', { body: { Detach: true } })).status, 500)
  const empty = await call('POST', '/containers/c/exec', { body: {} })
  assert.deepEqual(empty.json, { message: 'No exec command specified' })
})
