import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { TaskFiles } from './task-files.js'

const content = { target: '/run/secrets/a', data: Buffer.from('s3cret'), mode: 0o440, uid: 7, gid: 8 }

void test('files of tasks are on a tmpfs that comes with the first and goes with the last', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'essaim-files-'))
  const folder = join(root, 'files')
  const files = new TaskFiles(folder)
  t.after(async () => {
    await files.keep(() => false)
    rmSync(root, { recursive: true })
  })
  const mounted = (): string | undefined =>
    readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === folder)
  assert.deepEqual(await files.write('t0', []), [])
  assert.equal(mounted(), undefined)

  const [file] = await files.write('t1', [content])
  assert.ok(file)
  assert.match(mounted() ?? '', / tmpfs rw,nosuid,nodev,noexec.*mode=700/)
  const { mode, uid, gid } = statSync(file.source)
  assert.deepEqual([mode & 0o777, uid, gid, file.target], [0o440, 7, 8, '/run/secrets/a'])
  assert.equal(readFileSync(file.source, 'utf8'), 's3cret')

  assert.deepEqual(await files.write('t1', [content]), [file], 'writing again changes nothing')
  await files.write('t2', [content])
  await files.remove('t1')
  assert.ok(mounted())
  assert.throws(() => statSync(file.source), { code: 'ENOENT' })
  await files.remove('t2')
  assert.equal(mounted(), undefined)
})
