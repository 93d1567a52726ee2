import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { LogEntry, LogsOptions } from '@essaim/api-types'
import { follow } from './cursor.js'
import { LogFile, logFiles } from './file.js'
import { maxLine, splitLines } from './lines.js'
import { stamp, type Line } from './entry.js'
import type { FileSettings } from './options.js'
import { readLog } from './read.js'
import { Recorder } from './recorder.js'
import { Spool } from './spool.js'

const plain: FileSettings = { keep: true, maxFiles: 1, compress: false }
const rotated = (maxSize: number, maxFiles: number, compress = false): FileSettings => ({
  keep: true,
  maxSize,
  maxFiles,
  compress,
})
const everything: LogsOptions = { follow: false, stdout: true, stderr: true, timestamps: false, details: false }
const entries = (...lines: Line[]): LogEntry[] => stamp(lines)
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
  await log.close()
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
    first.append(entries({ stream: 'stdout', data: Buffer.from('a\n') }), { stdout: 2, stderr: 0 })
    const before = readFileSync(path).length
    first.append(entries({ stream: 'stdout', data: Buffer.from('b\n') }), { stdout: 4, stderr: 0 })
    // The append was cut short by the kill after `torn` bytes.
    truncateSync(path, Math.min(before + torn, readFileSync(path).length))
    const second = new LogFile(path, plain)
    await new Recorder(second, { stdout }).finish()
    stdout.finish()
    await second.close()
    assert.deepEqual(await texts(path), ['a', 'b'], `torn after ${torn} bytes`)
  }
})

void test('rotation keeps as many files as asked, and none of the kept lines is lost', async (t) => {
  const path = join(folder(t), 'log')
  const log = new LogFile(path, rotated(200, 3))
  log.begin()
  for (let n = 1; n <= 20; n++)
    log.append(entries({ stream: 'stdout', data: Buffer.from(`${n}\n`) }), { stdout: n, stderr: 0 })
  await log.close()
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
  const log = new LogFile(path, rotated(150, 50))
  log.begin()
  let ended = false
  const seen: number[] = []
  const reading = (async () => {
    const live = { log, ended: () => ended }
    for await (const { data } of readLog(path, { ...everything, follow: true }, live, never)) seen.push(Number(data))
  })()
  for (let n = 1; n <= 30; n++) {
    log.append(entries({ stream: 'stdout', data: Buffer.from(`${n}\n`) }), { stdout: n, stderr: 0 })
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  ended = true
  await log.close()
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

void test('rotated files are compressed, and read as if they were not', async (t) => {
  const path = join(folder(t), 'log')
  const log = new LogFile(path, rotated(200, 50, true))
  log.begin()
  const live = { log, ended: () => ended }
  let ended = false
  const followed: number[] = []
  const reading = (async () => {
    for await (const { data } of readLog(path, { ...everything, follow: true }, live, never))
      followed.push(Number(data))
  })()
  for (let n = 1; n <= 30; n++) {
    log.append(entries({ stream: 'stdout', data: Buffer.from(`${n}\n`) }), { stdout: n, stderr: 0 })
    await new Promise((resolve) => setTimeout(resolve, n % 3))
  }
  await eventually(() =>
    assert.ok(
      logFiles(path)
        .slice(0, -1)
        .every((file) => file.endsWith('.gz')),
    ),
  )
  ended = true
  await log.close()
  await reading
  const all = Array.from({ length: 30 }, (_, index) => index + 1)
  assert.deepEqual(followed, all)
  assert.deepEqual((await texts(path)).map(Number), all)
  assert.deepEqual((await texts(path, { ...everything, tail: 12 })).map(Number), all.slice(-12))
  assert.deepEqual(
    readdirSync(dirname(path)).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

void test('a log of a container that must not wait drops what it cannot hold, at the start of a line', async (t) => {
  const dir = folder(t)
  const stdout = emptySpool(join(dir, 'stdout'))
  const log = new LogFile(join(dir, 'log'), plain)
  log.begin()
  let lost = 0
  const pressed: boolean[] = []
  const options = { maxBuffer: 1000, onLost: () => lost++, pressure: (high: boolean) => pressed.push(high) }
  const lines = Array.from({ length: 800_000 }, (_, n) => String(n).padStart(9, '0'))
  appendFileSync(stdout.path, `${lines.join('\n')}\n`)
  const recorder = new Recorder(log, { stdout }, options)
  await eventually(() => assert.ok(lost > 0))
  await recorder.finish()
  stdout.finish()
  await log.close()
  const kept = await texts(join(dir, 'log'))
  assert.equal(kept.at(-1), lines.at(-1))
  assert.ok(kept.length < lines.length)
  assert.ok(kept.every((line) => /^\d{9}$/.test(line)))
  assert.deepEqual(pressed, [])
})

/** Waits for what a check says, for at most ten seconds. */
async function eventually(check: () => void): Promise<void> {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    try {
      return check()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
