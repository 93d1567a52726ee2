import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { silentLogger, systemClock, type Clock } from '@essaim/base'
import { Manager, MemoryBackend } from '@essaim/manager'
import { RpcServer, serveCA } from '@essaim/protocol'
import { newKey, requestFor } from '../credentials/key.js'
import { attempt } from './attempt.js'
import { joinedState } from './checked.js'
import { orTimeout } from './joining.js'

const never = new AbortController().signal

/** A manager that can be reached, and the token for joining it. */
async function manager(t: TestContext, clock: Clock): Promise<{ remote: string; token: string; nodes: () => number }> {
  const bootstrap = { spec: {}, defaultAddrPool: [], subnetSize: 0, dataPathPort: 4789 }
  const options = { dir: '', nodeId: 'm', address: '127.0.0.1:2377', logger: silentLogger, bootstrap, clock }
  const opened = await Manager.open({ ...options, backend: new MemoryBackend() })
  t.after(() => opened.close())
  const key = newKey()
  const { certificate, roots } = await opened.authority.renew(
    { nodeId: 'm', role: 'manager', clusterId: '' },
    requestFor(key),
  )
  const server = new RpcServer({ key, certificate, roots }, silentLogger)
  serveCA(server, opened.authority)
  t.after(() => server.close())
  const port = await server.listen('127.0.0.1:0')
  const token = (await opened.cluster.inspect()).JoinTokens.Worker ?? ''
  return { remote: `127.0.0.1:${port}`, token, nodes: () => opened.store.view().count('node') }
}

void test('a node joins where it is reached from, with the availability that it asks for', async (t) => {
  const { remote, token } = await manager(t, systemClock)
  const request = { JoinToken: token, Availability: 'drain' as const }
  const joined = await attempt(remote, request, never)
  const state = joinedState(joined, request, [])
  assert.deepEqual(
    [state.role, state.addresses.advertise, state.addresses.dataPath, state.managers],
    ['worker', '127.0.0.1:2377', '127.0.0.1', [{ nodeId: '', address: remote }]],
  )
})

void test('a clock that is an hour off is refused with the reason, and nothing else happens', async (t) => {
  for (const [ahead, word] of [
    [3600_000, /3600 s behind the manager's/],
    [-3600_000, /3600 s ahead of the manager's/],
  ] as const) {
    const { remote, token, nodes } = await manager(t, { ...systemClock, now: () => Date.now() + ahead })
    await assert.rejects(attempt(remote, { JoinToken: token }, never), { kind: 'forbidden', message: word })
    assert.equal(nodes(), 1)
  }
})

void test('a token of another swarm and a wrong one are refused', async (t) => {
  const { remote, token, nodes } = await manager(t, systemClock)
  const other = await manager(t, systemClock)
  await assert.rejects(attempt(remote, { JoinToken: other.token }, never), {
    message: /^remote CA does not match fingerprint. Expected: [0-9a-f]{64}$/,
  })
  await assert.rejects(attempt(remote, { JoinToken: token.replace(/.{25}$/, '0'.repeat(25)) }, never), {
    message: 'rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster',
  })
  await assert.rejects(attempt('127.0.0.1:1', { JoinToken: token }, never), { kind: 'unavailable' })
  assert.equal(nodes(), 1)
})

void test('a join that takes too long is answered as Docker answers it', async () => {
  const message = /^Timeout was reached before node joined\. The attempt to join the swarm will continue/
  await assert.rejects(orTimeout(new Promise(() => {}), 5), { message, kind: 'unavailable' })
  await assert.rejects(orTimeout(Promise.reject(new Error('refused')), 1000), { message: 'refused' })
  await orTimeout(Promise.resolve(), 1000)
})
