import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { claim, type Claim } from './claim.js'

const at = (path: string, form: Claim['form'] = 'lock'): Claim => ({ path, form, refusal: (pid) => `held by ${pid}` })

void test('a free claim is taken and given back', (t) => {
  const path = join(folder(t), 'lock')
  const release = claim(at(path))
  assert.match(readFileSync(path, 'utf8'), new RegExp(`^${process.pid}\n\\d+\n$`))
  release()
  assert.equal(existsSync(path), false)
})

void test('a live daemon is named; a dead one is taken over', async (t) => {
  const path = join(folder(t), 'pid')
  const child = spawn('sleep', ['60'], { argv0: 'essaimd' })
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  writeFileSync(path, `${child.pid}\n`)
  assert.throws(() => claim(at(path, 'pid-file')), { message: `held by ${child.pid}`, code: 'daemon.held' })
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const release = claim(at(path, 'pid-file'))
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  release()
})

void test('an id that another process uses now does not hold', (t) => {
  const path = join(folder(t), 'lock')
  writeFileSync(path, '1\n999999999999\n')
  claim(at(path))()
  writeFileSync(path, '1\n')
  claim(at(path))()
})

function folder(t: { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'essaim-claim-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}
