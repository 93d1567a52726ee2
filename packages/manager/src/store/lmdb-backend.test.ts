import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { secret, system } from './fixture.js'
import { journalLimit, LmdbBackend, openStore } from './index.js'

function folder(t: { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'essaim-store-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return join(path, 'store')
}

test('what was written is there again, sealed on disk, with files for the owner only', async (t) => {
  const path = folder(t)
  const store = await openStore(LmdbBackend.open(path))
  const data = Buffer.from('a very secret word').toString('base64')
  const written = await store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'pw', data)))
  await store.close()
  assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.equal(statSync(join(path, 'store.key')).mode & 0o777, 0o600)
  assert.ok(!readFileSync(join(path, 'data.mdb')).includes(data))
  const again = await openStore(LmdbBackend.open(path))
  assert.deepEqual(again.view().get('secret', 'a'), written)
  assert.equal(again.view().revision, 1)
  await again.close()
})

test('another key is refused with a hint, and a missing one is not made anew', async (t) => {
  const path = folder(t)
  const store = await openStore(LmdbBackend.open(path))
  await store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'pw', 'x')))
  await store.close()
  writeFileSync(join(path, 'store.key'), Buffer.alloc(32, 7))
  const other = LmdbBackend.open(path)
  assert.throws(() => other.load(), { code: 'store.sealed' })
  await other.close()
  rmSync(join(path, 'store.key'))
  assert.throws(() => LmdbBackend.open(path), { code: 'ENOENT' })
})

test('the journal on disk is bounded', async (t) => {
  const path = folder(t)
  const store = await openStore(LmdbBackend.open(path))
  for (let n = 0; n < journalLimit + 20; n++) {
    void store.update(system, `write ${n}`, (tx) => tx.create('secret', secret(`s${n}`, `n${n}`)))
  }
  await store.close()
  const again = await openStore(LmdbBackend.open(path))
  assert.equal(again.journal().length, journalLimit)
  assert.equal(again.journal().at(-1)?.reason, `write ${journalLimit + 19}`)
  await again.close()
})

test('a writer that is killed at any moment loses nothing that it acknowledged', { timeout: 60_000 }, async (t) => {
  const path = folder(t)
  let before = 0
  for (let round = 0; round < 6; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'killed-writer.fixture.js'), path, String(before)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let acknowledged = before
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      acknowledged = Number(line)
      if (acknowledged > before + 20 + round * 17) child.kill('SIGKILL')
    })
    await once(child, 'close')
    assert.equal(child.signalCode, 'SIGKILL')
    const store = await openStore(LmdbBackend.open(path))
    const view = store.view()
    for (let n = 1; n <= acknowledged; n++) assert.equal(view.get('secret', `s${n}`)?.Spec.Name, `n${n}`)
    before = view.count('secret')
    assert.ok(before >= acknowledged)
    assert.equal(view.revision, before)
    await store.close()
  }
})
