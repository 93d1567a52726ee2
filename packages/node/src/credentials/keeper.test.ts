import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { silentLogger, systemClock } from '@essaim/base'
import { Manager, MemoryBackend } from '@essaim/manager'
import type { NodeIdentity } from '@essaim/protocol'
import { readIdentity } from './files.js'
import { IdentityKeeper, renewIn } from './keeper.js'
import { newKey, requestFor } from './key.js'

const hour = 3600_000

void test('a certificate is renewed at a random moment between half and four fifths of its life', () => {
  const facts = { notBefore: -hour, notAfter: 100 * hour }
  assert.equal(renewIn(facts, 0, 0), 50 * hour)
  assert.equal(renewIn(facts, 0, 1), 80 * hour)
  assert.equal(renewIn(facts, 90 * hour, 0.5), 0)
})

interface Kept {
  keeper: IdentityKeeper
  folder: string
  /** What it was changed to, in order. */
  changes: NodeIdentity[]
  next(this: void): Promise<void>
  manager: Manager
}

/** A node's identity, made `ageMs` ago, and who keeps it. */
async function kept(t: TestContext, ageMs: number): Promise<Kept> {
  let offset = -ageMs
  const clock = { ...systemClock, now: () => Date.now() + offset }
  const bootstrap = { spec: {}, defaultAddrPool: [], subnetSize: 0, dataPathPort: 4789 }
  const options = { dir: '', nodeId: 'm', address: '127.0.0.1:2377', logger: silentLogger, bootstrap, clock }
  const manager = await Manager.open({ ...options, backend: new MemoryBackend() })
  const folder = mkdtempSync(join(tmpdir(), 'essaim-keeper-'))
  const peer = { nodeId: 'm', role: 'manager', clusterId: '' } as const
  const key = newKey()
  const { certificate, roots } = await manager.authority.renew(peer, requestFor(key))
  offset = 0
  const changes: NodeIdentity[] = []
  let wake = (): void => {}
  const keeper = new IdentityKeeper(
    { key, certificate, roots },
    {
      folder,
      renew: (request) => manager.authority.renew(peer, request),
      onChange: (identity) => {
        changes.push(identity)
        wake()
      },
      logger: silentLogger,
    },
  )
  t.after(async () => {
    await keeper.close()
    await manager.close()
    rmSync(folder, { recursive: true })
  })
  const next = async (): Promise<void> => {
    const before = changes.length
    while (changes.length === before) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { keeper, folder, changes, next, manager }
}

void test('an old certificate is renewed with a new key, on disk for its owner only', async (t) => {
  const { keeper, folder, changes, next } = await kept(t, 85 * 24 * hour)
  const before = keeper.identity
  if (changes.length === 0) await next()
  assert.notEqual(keeper.identity.key, before.key)
  assert.deepEqual(await readIdentity(folder), keeper.identity)
  assert.equal(statSync(join(folder, 'swarm-node.pem')).mode & 0o777, 0o600)
  assert.ok(keeper.facts.notAfter > Date.now() + 89 * 24 * hour)
})

void test('a new root is trusted at once, and a certificate of another issuer renewed', async (t) => {
  const { keeper, changes, next, manager } = await kept(t, 0)
  const { Version, Spec } = await manager.cluster.inspect()
  const rotate = { workerToken: false, managerToken: false, unlockKey: false }
  const CAConfig = { ...Spec.CAConfig, ForceRotate: 1 }
  await manager.cluster.update(Version.Index, { ...Spec, CAConfig }, rotate, { name: 'test' })
  const issuer = (await manager.cluster.inspect()).TLSInfo.CertIssuerPublicKey ?? ''
  assert.notEqual(keeper.facts.tls.CertIssuerPublicKey, issuer)
  keeper.trust({ roots: manager.authority.roots(), issuer })
  while (changes.length < 2) await next()
  assert.equal(keeper.facts.tls.CertIssuerPublicKey, issuer)
  assert.equal(keeper.identity.roots, manager.authority.roots())
})
