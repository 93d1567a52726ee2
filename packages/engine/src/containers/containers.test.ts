import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DetachDetector, parseDetachKeys } from './attach/detach.js'
import { resolveIn } from './archive/scope.js'
import { parseBind } from './create/bind.js'
import { mergeConfig } from './create/merge.js'
import { parseTmpfs } from './create/tmpfs.js'
import { afterResult, healthPlan, startingHealth } from './health/state.js'
import { matchLabels, parseMoment, rejectUnknown } from './list/filters.js'
import { humanDuration, statusText } from './list/status.js'
import { checkName, randomName } from './names.js'
import { newState } from './record.js'
import { decideRestart, type ExitFacts } from './restart-policy.js'
import { Layers } from './rootfs/layers.js'
import { startFailure } from './run/failure.js'
import { parseSignal } from './signals.js'
import { parsePs } from './top.js'
import { ContainerdError } from '../containerd/index.js'

const exit: ExitFacts = { policy: {}, exitCode: 1, restartCount: 0, stopped: false, ranFor: 50, lastDelay: 0 }

void test('restart policies: who, how often, and how late', () => {
  const on = (facts: Partial<ExitFacts>): ReturnType<typeof decideRestart> => decideRestart({ ...exit, ...facts })
  assert.deepEqual(on({}), { restart: false })
  assert.deepEqual(on({ policy: { Name: 'always' }, exitCode: 0 }), { restart: true, delay: 100 })
  assert.deepEqual(on({ policy: { Name: 'always' }, stopped: true }), { restart: false })
  assert.deepEqual(on({ policy: { Name: 'on-failure' }, exitCode: 0 }), { restart: false })
  assert.deepEqual(on({ policy: { Name: 'on-failure', MaximumRetryCount: 2 }, restartCount: 2 }), { restart: false })
  const always = { policy: { Name: 'unless-stopped' as const } }
  assert.deepEqual(on({ ...always, lastDelay: 400 }), { restart: true, delay: 800 })
  assert.deepEqual(on({ ...always, lastDelay: 50_000 }), { restart: true, delay: 60_000 })
  assert.deepEqual(on({ ...always, lastDelay: 50_000, ranFor: 10_000 }), { restart: true, delay: 100 })
})

void test('names are checked, with and without their slash, and made up where none is given', () => {
  assert.equal(checkName('/web.1'), 'web.1')
  assert.throws(() => checkName('***'), {
    message: 'Invalid container name (***), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed',
  })
  assert.throws(() => checkName('a'))
  assert.match(
    randomName(() => false),
    /^[a-z]+_[a-z]+$/,
  )
  let asked = 0
  assert.match(
    randomName(() => ++asked < 10),
    /^[a-z]+_[a-z]+\d+$/,
  )
})

void test('signals by number and name', () => {
  assert.equal(parseSignal('9'), 9)
  assert.equal(parseSignal('SIGTERM'), 15)
  assert.equal(parseSignal('hup'), 1)
  assert.equal(parseSignal('RTMIN+3'), 37)
  assert.throws(() => parseSignal('FOO'), { message: 'Invalid signal: FOO' })
  assert.throws(() => parseSignal('0'))
})

void test('the user’s word goes before the image’s', () => {
  const image = { Env: ['A=1', 'B=2'], Cmd: ['sh'], Entrypoint: ['/e'], Labels: { x: '1' }, WorkingDir: '/w' }
  assert.deepEqual(mergeConfig({ Env: ['A=9'], Labels: { y: '2' } }, image), {
    Env: ['A=9', 'B=2'],
    Labels: { x: '1', y: '2' },
    WorkingDir: '/w',
    Cmd: ['sh'],
    Entrypoint: ['/e'],
  })
  assert.equal(mergeConfig({ Entrypoint: ['/mine'] }, image).Cmd, undefined)
  assert.equal(mergeConfig({ Entrypoint: [''], Cmd: ['ls'] }, image).Entrypoint, undefined)
})

void test('binds and tmpfs options, and what is wrong with them', () => {
  assert.deepEqual(
    [parseBind('/a:/b:ro')].map(({ type, source, target, readOnly }) => ({ type, source, target, readOnly })),
    [{ type: 'bind', source: '/a', target: '/b', readOnly: true }],
  )
  assert.equal(parseBind('data:/b').type, 'volume')
  assert.throws(() => parseBind('/a:/b:foo'), { message: 'invalid mode: foo' })
  assert.throws(() => parseBind('/x:relative'), {
    message:
      'invalid volume specification: \'/x:relative\': invalid mount config for type "bind": ' +
      "invalid mount path: 'relative' mount path must be absolute",
  })
  assert.throws(() => parseBind('/x:/'), /destination can't be '\/'/)
  assert.deepEqual(parseTmpfs('size=1m,exec'), ['nosuid', 'nodev', 'size=1m', 'exec'])
  assert.throws(() => parseTmpfs('foo'), /invalid tmpfs option/)
})

void test('status column and rough durations', () => {
  const now = Date.parse('2026-01-01T01:00:00Z')
  const at = (status: 'running' | 'exited' | 'paused', time: string): string =>
    statusText({ ...newState(), status, exitCode: 3, startedAt: time, finishedAt: time }, now)
  assert.equal(at('running', '2026-01-01T00:59:00Z'), 'Up About a minute')
  assert.equal(at('exited', '2026-01-01T00:00:00Z'), 'Exited (3) About an hour ago')
  assert.equal(at('paused', '2026-01-01T00:59:57Z'), 'Up 3 seconds (Paused)')
  assert.equal(statusText(newState(), now), 'Created')
  assert.equal(humanDuration(400), 'Less than a second')
  assert.equal(humanDuration(50 * 3_600_000), '2 days')
})

void test('health: retries, the period in which failures do not count, five results kept', () => {
  const plan = healthPlan({ Test: ['CMD-SHELL', 'x'], Retries: 2, StartPeriod: 5e9 }, undefined)
  assert.ok(plan)
  assert.deepEqual(plan.test, ['/bin/sh', '-c', 'x'])
  assert.equal(healthPlan({ Test: ['NONE'] }, undefined), undefined)
  let state = afterResult(startingHealth(), { ExitCode: 1 }, plan, 1000)
  assert.equal(state.FailingStreak, 0)
  state = afterResult(state, { ExitCode: 1 }, plan, 6000)
  assert.equal(state.Status, 'starting')
  state = afterResult(state, { ExitCode: 1 }, plan, 7000)
  assert.equal(state.Status, 'unhealthy')
  for (let n = 0; n < 9; n++) state = afterResult(state, { ExitCode: 0 }, plan, 8000)
  assert.equal(state.Status, 'healthy')
  assert.equal(state.Log?.length, 5)
})

void test('filters', () => {
  assert.throws(() => rejectUnknown({ foo: ['bar'] }, ['label']), { message: "Invalid filter 'foo'" })
  assert.ok(matchLabels({ a: '1' }, { label: ['a', 'a=1'], 'label!': ['b'] }))
  assert.ok(!matchLabels({ a: '1' }, { label: ['a=2'] }))
  assert.equal(parseMoment('1m30s', 100_000), 10_000)
  assert.equal(parseMoment('12', 0), 12_000)
  assert.throws(() => parseMoment('soon', 0))
})

void test('detach keys are found across writes; what only looked like them goes on', () => {
  const detector = new DetachDetector(parseDetachKeys(undefined))
  assert.deepEqual(detector.feed(Buffer.from('a\x10')), { forward: Buffer.from('a'), detached: false })
  assert.deepEqual(detector.feed(Buffer.from('b')), { forward: Buffer.from('\x10b'), detached: false })
  detector.feed(Buffer.from('\x10'))
  assert.equal(detector.feed(Buffer.from('\x11')).detached, true)
  assert.throws(() => parseDetachKeys('ctrl-'))
})

void test('ps is filtered by process id, its last column kept whole', () => {
  const output = '  PID CMD\n    1 init\n   42 sleep 100\n   43 sh -c x y\n'
  assert.deepEqual(parsePs(output, new Set([42, 43])), {
    Titles: ['PID', 'CMD'],
    Processes: [
      ['42', 'sleep 100'],
      ['43', 'sh -c x y'],
    ],
  })
  assert.throws(() => parsePs('CMD\nx\n', new Set()), /Couldn't find PID field/)
})

void test('a program that is not there is 127, one that cannot be run is 126', () => {
  const code = (text: string): number => startFailure(new ContainerdError('UNKNOWN', text, 'Tasks.Create')).exitCode
  assert.equal(code('exec: "x": executable file not found in $PATH: unknown'), 127)
  assert.equal(code('exec: "/etc": permission denied: unknown'), 126)
  assert.equal(code('cgroups: something'), 128)
})

void test('paths are followed within the root, whatever links say', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'essaim-scope-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'inside')
  symlinkSync('/etc', join(root, 'link'))
  symlinkSync('../../../..', join(root, 'etc/up'))
  symlinkSync('loop', join(root, 'loop'))
  assert.equal(resolveIn(root, '/link/passwd').path, join(root, 'etc/passwd'))
  assert.equal(resolveIn(root, '/etc/up/etc/passwd').inside, '/etc/passwd')
  assert.equal(resolveIn(root, '/../../etc').inside, '/etc')
  assert.equal(resolveIn(root, '/link', 'keep').stat?.isSymbolicLink(), true)
  assert.equal(resolveIn(root, '/none/x').stat, undefined)
  assert.doesNotThrow(() => resolveIn(root, '/loop/x'))
})

void test('layers: the topmost wins, links are followed across them', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'essaim-layers-'))
  t.after(() => rmSync(root, { recursive: true }))
  const [upper, lower] = [join(root, 'upper'), join(root, 'lower')]
  mkdirSync(join(upper, 'etc'), { recursive: true })
  mkdirSync(join(lower, 'etc'), { recursive: true })
  writeFileSync(join(lower, 'etc/passwd'), 'below')
  writeFileSync(join(lower, 'etc/group'), 'group')
  writeFileSync(join(upper, 'etc/passwd'), 'above')
  symlinkSync('/etc/group', join(upper, 'g'))
  const layers = new Layers([
    { type: 'overlay', source: 'overlay', options: [`upperdir=${upper}`, `lowerdir=${lower}`, 'workdir=/w'] },
  ])
  assert.equal(layers.read('/etc/passwd'), 'above')
  assert.equal(layers.read('/g'), 'group')
  assert.equal(layers.read('/none'), '')
  assert.ok(layers.below('/etc/passwd'))
  assert.equal(layers.below('/g'), undefined)
})
