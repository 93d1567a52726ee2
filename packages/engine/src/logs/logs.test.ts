import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { LogsOptions } from '@essaim/api-types'
import { follow } from './cursor.js'
import { LogFile, logFiles } from './file.js'
import { maxLine, splitLines } from './lines.js'
import { logSettings, parseSize, type LogSettings } from './options.js'
import { readLog } from './read.js'
import { Recorder } from './recorder.js'
import { Spool } from './spool.js'

const plain: LogSettings = { driver: 'json-file', maxFiles: 1 }
const everything: LogsOptions = { follow: false, stdout: true, stderr: true, timestamps: false, details: false }
const never = new AbortController().signal

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'essaim-logs-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function emptySpool(path: string): Spool {
  writeFileSync(path, '')
  return new Spool(path)
}

async function texts(path: string, options: LogsOptions = everything): Promise<string[]> {
  const out: string[] = []
  for await (const { data } of readLog(path, options, undefined, never)) out.push(data.toString().trimEnd())
  return out
}

void test('lines end at newlines; a long one is cut into parts of 16 KiB', () => {
  const { lines, used } = splitLines(Buffer.from('a\nbb\nrest'))
  assert.deepEqual(lines.map(String), ['a\n', 'bb\n'])
  assert.equal(used, 5)
  const long = splitLines(Buffer.from(`${'x'.repeat(maxLine + 10)}\n`))
  assert.deepEqual(
    long.lines.map(({ length }) => length),
    [maxLine, 11],
  )
  assert.equal(splitLines(Buffer.from(`${'x'.repeat(maxLine)}\n`)).lines.length, 1)
})

void test('a recorder logs whole lines at once and the last one, without its newline, at the end', async (t) => {
  const dir = folder(t)
  const stdout = emptySpool(join(dir, 'stdout'))
  const log = new LogFile(join(dir, 'log'), plain)
  log.begin()
  const recorder = new Recorder(log, { stdout })
  appendFileSync(stdout.path, 'one\ntwo\nthr')
  await recorder.finish()
  stdout.finish()
  log.close()
  assert.deepEqual(await texts(join(dir, 'log')), ['one', 'two', 'thr'])
})

void test('a daemon that is killed anywhere between announcing and appending loses and doubles nothing', async (t) => {
  for (const torn of [0, 1, 40, 1000]) {
    const dir = folder(t)
    const path = join(dir, 'log')
    const stdout = emptySpool(join(dir, 'stdout'))
    const first = new LogFile(path, plain)
    first.begin()
    appendFileSync(stdout.path, 'a\nb\n')
    first.append([{ stream: 'stdout', data: Buffer.from('a\n') }], { stdout: 2, stderr: 0 })
    const before = readFileSync(path).length
    first.append([{ stream: 'stdout', data: Buffer.from('b\n') }], { stdout: 4, stderr: 0 })
    // The append was cut short by the kill after `torn` bytes.
    truncateSync(path, Math.min(before + torn, readFileSync(path).length))
    const second = new LogFile(path, plain)
    await new Recorder(second, { stdout }).finish()
    stdout.finish()
    second.close()
    assert.deepEqual(await texts(path), ['a', 'b'], `torn after ${torn} bytes`)
  }
})

void test('rotation keeps as many files as asked, and none of the kept lines is lost', async (t) => {
  const path = join(folder(t), 'log')
  const log = new LogFile(path, { driver: 'json-file', maxSize: 200, maxFiles: 3 })
  log.begin()
  for (let n = 1; n <= 20; n++)
    log.append([{ stream: 'stdout', data: Buffer.from(`${n}\n`) }], { stdout: n, stderr: 0 })
  log.close()
  assert.equal(logFiles(path).length, 3)
  const kept = (await texts(path)).map(Number)
  assert.equal(kept.at(-1), 20)
  assert.deepEqual(
    kept,
    kept.map((_, index) => 20 - kept.length + 1 + index),
  )
})

void test('the tail is counted over rotated files, streams and times choose', async (t) => {
  const path = join(folder(t), 'log')
  const line = (n: number, stream: string): string =>
    `{"log":"${n}\\n","stream":"${stream}","time":"2026-01-01T00:00:0${n}.000000000Z"}\n`
  writeFileSync(`${path}.1`, line(1, 'stdout') + line(2, 'stderr'))
  writeFileSync(path, line(3, 'stdout') + line(4, 'stderr'))
  assert.deepEqual(await texts(path, { ...everything, tail: 1 }), ['4'])
  assert.deepEqual(await texts(path, { ...everything, tail: 3 }), ['2', '3', '4'])
  assert.deepEqual(await texts(path, { ...everything, tail: 9 }), ['1', '2', '3', '4'])
  assert.deepEqual(await texts(path, { ...everything, tail: 0 }), [])
  assert.deepEqual(await texts(path, { ...everything, stderr: false }), ['1', '3'])
  const since = '2026-01-01T00:00:02.000000000Z'
  assert.deepEqual(await texts(path, { ...everything, since, until: '2026-01-01T00:00:03.000000000Z' }), ['2', '3'])
})

void test('who follows a log sees every line through rotations, and the end', async (t) => {
  const path = join(folder(t), 'log')
  const log = new LogFile(path, { driver: 'json-file', maxSize: 150, maxFiles: 50 })
  log.begin()
  let ended = false
  const seen: number[] = []
  const reading = (async () => {
    const live = { log, ended: () => ended }
    for await (const { data } of readLog(path, { ...everything, follow: true }, live, never)) seen.push(Number(data))
  })()
  for (let n = 1; n <= 30; n++) {
    log.append([{ stream: 'stdout', data: Buffer.from(`${n}\n`) }], { stdout: n, stderr: 0 })
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  ended = true
  log.close()
  await reading
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, index) => index + 1),
  )
})

void test('a reader of a spool gets what is written, in its own time, to the end', async (t) => {
  const spool = emptySpool(join(folder(t), 'stdout'))
  const chunks = follow([{ stream: 'stdout', spool, position: 0 }], never)
  appendFileSync(spool.path, 'early ')
  setTimeout(() => {
    appendFileSync(spool.path, 'late')
    spool.finish()
  }, 20)
  let text = ''
  for await (const { data } of chunks) text += data.toString()
  assert.equal(text, 'early late')
})

void test('log options are checked in Docker’s words', () => {
  assert.equal(parseSize('10m'), 10 << 20)
  assert.equal(parseSize('1.5k'), 1536)
  assert.throws(() => parseSize('ten'), /invalid size: 'ten'/)
  assert.throws(() => logSettings({}, { Type: 'json-file', Config: { foo: 'bar' } }), {
    message: "unknown log opt 'foo' for json-file log driver",
  })
  assert.throws(() => logSettings({}, { Type: 'gelf' }), /gelf/)
  const { attributes } = logSettings(
    { Labels: { tier: 'db', other: 'x' }, Env: ['A=1', 'B=2'] },
    { Type: 'json-file', Config: { labels: 'tier', env: 'B' } },
  )
  assert.deepEqual(attributes, { tier: 'db', B: '2' })
})
