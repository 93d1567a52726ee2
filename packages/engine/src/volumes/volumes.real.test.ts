import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { EventBus } from '../events/bus.js'
import { Plugins } from '../plugins/index.js'
import { EngineDb } from '../state/db.js'
import { Volumes } from './volumes.js'

const folder = mkdtempSync('/tmp/essaim-volumes-')
const root = join(folder, 'volumes')
const inUse = new Map<string, string[]>()
const plugins = new Plugins({ sockets: join(folder, 'plugins'), specs: [] })
const users = { containersOf: (name: string) => inUse.get(name) ?? [] }
let db: EngineDb
let events: EventBus
let volumes: Volumes

beforeEach(async () => {
  mkdirSync(join(folder, 'db'), { recursive: true })
  db = EngineDb.open(join(folder, 'db'))
  events = new EventBus()
  volumes = await Volumes.open({ db, root, events, users, plugins, logger: silentLogger })
})

afterEach(async () => {
  await db.close()
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('a volume is made once, kept over a restart, and removed', async () => {
  const created = await volumes.create({ Name: 'data', Labels: { tier: 'db' } })
  assert.equal(created.Mountpoint, join(root, 'data', '_data'))
  assert.deepEqual(await volumes.create({ Name: 'data', Labels: { other: 'x' } }), created)
  await db.close()
  db = EngineDb.open(join(folder, 'db'))
  volumes = await Volumes.open({ db, root, events, users, plugins, logger: silentLogger })
  assert.deepEqual(await volumes.inspect('data'), created)
  inUse.set('data', ['c1', 'c2'])
  await assert.rejects(volumes.remove('data', { force: true }), {
    kind: 'conflict',
    message: 'remove data: volume is in use - [c1, c2]',
  })
  inUse.clear()
  await volumes.remove('data', { force: false })
  assert.ok(!existsSync(join(root, 'data')))
  await assert.rejects(volumes.remove('data', { force: false }), { message: 'get data: no such volume' })
  await volumes.remove('data', { force: true })
})

test('labels and options are told as they were sent: none, or no more than that', async () => {
  const { Labels, Options } = await volumes.create({ Name: 'bare' })
  assert.deepEqual({ Labels, Options }, { Labels: null, Options: null })
  const empty = await volumes.create({ Name: 'empty', Labels: {}, DriverOpts: {} })
  assert.deepEqual({ Labels: empty.Labels, Options: empty.Options }, { Labels: {}, Options: {} })
  for (const name of ['bare', 'empty']) await volumes.remove(name, { force: false })
})

test('wrong input is refused in Docker`s words', async () => {
  const cases: [object, string][] = [
    [{ Name: 'a' }, 'create a: volume name is too short, names should be at least two alphanumeric characters'],
    [{ Name: 'ab', Driver: 'x' }, 'create ab: error looking up volume plugin x: plugin "x" not found'],
    [{ Name: 'ab', DriverOpts: { foo: 'x' } }, 'create ab: invalid option: "foo"'],
    [{ Name: 'ab', DriverOpts: { type: 'tmpfs' } }, 'create ab: missing required option: "device"'],
  ]
  for (const [request, message] of cases) await assert.rejects(volumes.create(request), { message })
  await assert.rejects(volumes.create({ Name: 'a/b' }), /includes invalid characters for a local volume name/)
  await assert.rejects(volumes.list({ foo: ['x'] }), { message: "Invalid filter 'foo'" })
})

test('filters and prune', async () => {
  const anonymous = await volumes.ensure({})
  await volumes.ensure({ Name: 'one', Labels: { tier: 'db' } })
  await volumes.ensure({ Name: 'two' })
  const names = async (filters: Record<string, string[]>): Promise<string[]> => {
    return ((await volumes.list(filters)).Volumes ?? []).map(({ Name }) => Name)
  }
  inUse.set('two', ['c'])
  assert.match(anonymous.Name, /^[0-9a-f]{64}$/)
  assert.deepEqual(await names({ label: ['tier=db'] }), ['one'])
  assert.deepEqual(await names({ name: ['tw'] }), ['two'])
  assert.deepEqual(await names({ dangling: ['false'] }), ['two'])
  writeFileSync(join(anonymous.Mountpoint, 'f'), 'x'.repeat(1000))
  assert.deepEqual(await volumes.prune({}), { VolumesDeleted: [anonymous.Name], SpaceReclaimed: 1000 })
  assert.deepEqual(await volumes.prune({ 'label!': ['tier'], all: ['true'] }), {
    VolumesDeleted: null,
    SpaceReclaimed: 0,
  })
  assert.deepEqual((await volumes.prune({ all: ['true'] })).VolumesDeleted, ['one'])
  inUse.clear()
  await volumes.remove('two', { force: false })
})

test('a device is mounted with its first user and unmounted with its last', async () => {
  await volumes.create({ Name: 'ram', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } })
  const path = await volumes.mount('ram', 'c1', { destination: '/x', readOnly: false })
  const mounted = (): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(path)
  assert.ok(await volumes.isEmpty('ram'))
  writeFileSync(join(path, 'f'), 'x')
  assert.ok(!(await volumes.isEmpty('ram')))
  await volumes.mount('ram', 'c2')
  await volumes.unmount('c1')
  assert.ok(mounted())
  await volumes.unmount('c2')
  assert.ok(!mounted())
  await volumes.remove('ram', { force: false })

  const o = { type: 'none', device: '/no/such', o: 'bind' }
  await volumes.create({ Name: 'bound', DriverOpts: o })
  const target = join(root, 'bound', '_data')
  await assert.rejects(volumes.mount('bound', 'c1'), {
    message: `error while mounting volume '${target}': failed to mount local volume: mount /no/such:${target}, flags: 0x1000: no such file or directory`,
  })
  await volumes.remove('bound', { force: false })
  const actions = events.past().map(({ Action }) => Action)
  assert.deepEqual(actions, ['create', 'mount', 'mount', 'unmount', 'unmount', 'destroy', 'create', 'destroy'])
})

test('a file system of a loop device is mounted for its users', async (t) => {
  const image = join(folder, 'disk.img')
  let device = ''
  try {
    execFileSync('truncate', ['-s', '8M', image])
    execFileSync('mkfs.ext4', ['-q', image], { stdio: 'pipe' })
    device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch (error) {
    t.skip(`no loop devices here: ${String(error)}`)
    return
  }
  try {
    await volumes.create({ Name: 'disk', DriverOpts: { type: 'ext4', device } })
    const path = await volumes.mount('disk', 'c1')
    writeFileSync(join(path, 'f'), 'kept')
    await volumes.unmount('c1')
    assert.ok(!existsSync(join(path, 'f')))
    assert.equal(readFileSync(join(await volumes.mount('disk', 'c2'), 'f'), 'utf8'), 'kept')
    await volumes.unmount('c2')
    await volumes.remove('disk', { force: false })
    for (const [options, why] of [
      [{ type: 'ext4', device: '/dev/nosuch' }, /mount \/dev\/nosuch:[^,]*: no such file or directory$/],
      [{ type: 'strangefs', device }, /: no such device$/],
      [{ type: 'none', device: '/etc' }, /mount \/etc:[^,]*: no such device$/],
      [{ type: 'xfs', device }, /: (invalid argument|no such device)$/],
      [
        { type: 'nfs', device: ':/x', o: 'addr=no.such.invalid' },
        /error resolving passed in network volume address: lookup no/,
      ],
    ] as const) {
      await volumes.create({ Name: 'wrong', DriverOpts: { ...options } })
      await assert.rejects(volumes.mount('wrong', 'c1'), why)
      await volumes.remove('wrong', { force: false })
    }
  } finally {
    execFileSync('losetup', ['--detach', device])
  }
})

test('a removal that was cut short is finished at the next start', async () => {
  await volumes.create({ Name: 'half' })
  const table = db.table<object>('volumes')
  await table.put('half', { ...table.get('half'), removing: true })
  await assert.rejects(volumes.inspect('half'), { message: 'get half: no such volume' })
  volumes = await Volumes.open({ db, root, events, users, plugins, logger: silentLogger })
  assert.ok(!existsSync(join(root, 'half')))
  assert.deepEqual((await volumes.list({})).Volumes, [])
})
