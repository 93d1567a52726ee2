import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:http2'
import { test } from 'node:test'
import { eventually, TestDaemon } from '@essaim/testing'
import { field, grpc, healthCheck, serve, startPeer, upgrade } from './buildkit-peer.js'

const skip = process.getuid?.() === 0 ? false : 'only root starts a daemon'
const serving = field(1, 'SERVING')

void test(
  'builds by BuildKit are handed through to a buildkitd; without one the way on is told',
  { skip },
  async () => {
    const socket = `/tmp/es-buildkit-${process.pid}.sock`
    await using daemon = await TestDaemon.start({ name: 'bkit', subnet: 68, flags: ['--buildkit', `unix://${socket}`] })
    assert.equal(await builderVersion(daemon.socket), '2')
    await assert.rejects(
      upgrade(daemon.socket, '/grpc', {}),
      /^Error: 503 .*buildkitd does not answer at .*es-buildkit/,
    )

    const peer = await startPeer(socket)
    try {
      const connection = await upgrade(daemon.socket, '/v1.44/grpc', {})
      const control = connect('http://buildkit', { createConnection: () => connection })
      const workers = await grpc(control, '/moby.buildkit.v1.Control/ListWorkers', Buffer.alloc(0))
      assert.deepEqual(workers, field(1, field(1, 'worker-1')))
      control.close()

      const about = {
        'X-Docker-Expose-Session-Uuid': 'u1',
        'X-Docker-Expose-Session-Grpc-Method': [healthCheck, '/a/B'],
      }
      const session = await upgrade(daemon.socket, '/session', about)
      serve(session, serving)
      await eventually('the session', async () => peer.sessions.length === 1)
      const [seen] = peer.sessions
      assert.deepEqual(
        [seen?.['x-docker-expose-session-uuid'], seen?.['methods'], seen?.['answer']],
        ['u1', [healthCheck, '/a/B'], serving],
      )
      session.destroy()

      await assert.rejects(
        upgrade(daemon.socket, '/session', {}),
        /^Error: 400 .*X-Docker-Expose-Session-Uuid is missing/,
      )
      await assert.rejects(
        upgrade(daemon.socket, '/grpc', { Upgrade: 'tcp' }),
        /^Error: 400 .*protocol tcp not supported/,
      )
    } finally {
      peer.close()
    }

    await using plain = await TestDaemon.start({ name: 'bkit-no', subnet: 69 })
    assert.equal(await builderVersion(plain.socket), '1')
    await assert.rejects(
      upgrade(plain.socket, '/grpc', {}),
      /^Error: 501 .*build with DOCKER_BUILDKIT=0.*--buildkit unix:/,
    )
  },
)

function builderVersion(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/_ping' }, (answer) => {
      answer.resume()
      resolve(String(answer.headers['builder-version']))
    })
    call.on('error', reject)
    call.end()
  })
}
