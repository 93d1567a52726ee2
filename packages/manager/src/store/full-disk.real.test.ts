import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secret, system } from './fixture.js'
import { LmdbBackend, openStore } from './index.js'

const skip = process.getuid?.() === 0 ? false : 'mounting needs root'

test('on a full disk writes are refused with the reason, and go on when there is room', { skip }, async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'essaim-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', path])
  t.after(() => {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  })
  const store = await openStore(LmdbBackend.open(join(path, 'store')))
  const ballast = join(path, 'ballast')
  writeFileSync(ballast, Buffer.alloc(22 << 20))
  const create = (n: number): Promise<unknown> =>
    store.update(system, 'create', (tx) => tx.create('secret', secret(`s${n}`, `n${n}`, 'x'.repeat(50_000))))
  let stored = 0
  await assert.rejects(async () => {
    for (; stored < 1000; stored++) await create(stored)
  }, /could not be stored: no space left on device/)
  assert.equal(store.view().count('secret'), stored)
  rmSync(ballast)
  await create(stored)
  await store.close()
  const again = await openStore(LmdbBackend.open(join(path, 'store')))
  assert.equal(again.view().count('secret'), stored + 1)
  await again.close()
})
