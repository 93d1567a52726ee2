import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EventBus } from '../events/bus.js'
import { Plugins } from '../plugins/index.js'
import { EngineDb } from '../state/db.js'
import { Volumes } from './volumes.js'

const folder = mkdtempSync('/tmp/essaim-plugin-')
const sockets = join(folder, 'sockets')
const specs = join(folder, 'specs')
const inUse = new Map<string, string[]>()
const events = new EventBus()
let db: EngineDb
let volumes: Volumes
let child: ChildProcess

async function startPlugin(socket = join(sockets, 'ramdisk.sock')): Promise<ChildProcess> {
  const program = new URL('./lab/plugin.js', import.meta.url).pathname
  const started = spawn(process.execPath, [program, socket, join(folder, 'ramdisk')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!started.stdout) throw new Error('no output')
  await once(started.stdout, 'data')
  return started
}

async function stopPlugin(process: ChildProcess): Promise<void> {
  const gone = once(process, 'exit')
  process.kill('SIGKILL')
  await gone
}

const open = (): Promise<Volumes> =>
  Volumes.open({
    db,
    root: join(folder, 'volumes'),
    events,
    users: { containersOf: (name) => inUse.get(name) ?? [] },
    plugins: new Plugins({ sockets, specs: [specs] }, { total: 300 }),
    logger: silentLogger,
  })

before(async () => {
  for (const path of [sockets, specs, join(folder, 'db')]) mkdirSync(path)
  db = EngineDb.open(join(folder, 'db'))
  child = await startPlugin()
  volumes = await open()
})

after(async () => {
  await stopPlugin(child)
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

const mounted = (path: string): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `)

test('a volume of a plugin: made, mounted by two, unmounted after the last, removed', async () => {
  const volume = await volumes.create({
    Name: 'disk',
    Driver: 'ramdisk',
    DriverOpts: { size: '2m' },
    Labels: { a: 'b' },
  })
  const { Driver, Scope, Options, Labels, CreatedAt, Status } = volume
  assert.deepEqual(
    { Driver, Scope, Options, Labels, CreatedAt, Status },
    {
      Driver: 'ramdisk',
      Scope: 'global',
      Options: { size: '2m' },
      Labels: { a: 'b' },
      CreatedAt: '2024-01-02T03:04:05Z',
      Status: { users: 0 },
    },
  )
  const path = await volumes.mount('disk', 'c1')
  assert.equal(await volumes.mount('disk', 'c2'), path)
  writeFileSync(join(path, 'f'), 'x')
  assert.ok(mounted(path))
  assert.equal((await volumes.inspect('disk')).Mountpoint, path)
  await volumes.unmount('c1')
  assert.ok(mounted(path))
  await volumes.unmount('c2')
  assert.ok(!mounted(path))
  assert.deepEqual(await volumes.drivers(), ['local', 'ramdisk'])
  inUse.set('disk', ['c3'])
  await assert.rejects(volumes.remove('disk', { force: true }), { message: 'remove disk: volume is in use - [c3]' })
  inUse.clear()
  await volumes.remove('disk', { force: false })
  assert.ok(!existsSync(join(folder, 'ramdisk', 'disk')))
  const drivers = events.past().map(({ Action, Actor }) => `${Action} ${Actor?.Attributes?.['driver'] ?? ''}`)
  assert.deepEqual(drivers, [
    'create ramdisk',
    ...['mount ramdisk', 'mount ramdisk', 'unmount ramdisk', 'unmount ramdisk', 'destroy ramdisk'],
  ])
})

test('one that the plugin made by itself is listed, found and used; no prune takes it', async () => {
  writeFileSync(join(folder, 'ramdisk', 'theirs.options'), '{}')
  mkdirSync(join(folder, 'ramdisk', 'theirs'))
  const names = async (filters: Record<string, string[]>): Promise<string[]> => {
    return ((await volumes.list(filters)).Volumes ?? []).map(({ Name }) => Name)
  }
  await volumes.create({ Name: 'mine' })
  assert.deepEqual(await names({}), ['mine', 'theirs'])
  assert.deepEqual(await names({ driver: ['ramdisk'] }), ['theirs'])
  assert.deepEqual(await names({ driver: ['local'] }), ['mine'])
  assert.equal((await volumes.inspect('theirs')).Driver, 'ramdisk')
  assert.equal((await volumes.create({ Name: 'theirs' })).Driver, 'ramdisk')
  const path = await volumes.mount('theirs', 'c1')
  assert.ok(mounted(path))
  await volumes.unmount('c1')
  assert.deepEqual((await volumes.prune({ all: ['true'] })).VolumesDeleted, ['mine'])
  const usage = await volumes.usage()
  assert.deepEqual(
    usage.map(({ Name, UsageData }) => [Name, UsageData?.Size]),
    [['theirs', -1]],
  )
  await volumes.remove('theirs', { force: false })
  assert.deepEqual(await names({}), [])
})

test('what the plugin refuses is said in its words, and leaves nothing', async () => {
  await assert.rejects(volumes.create({ Name: 'bad', Driver: 'ramdisk', DriverOpts: { fail: 'no room' } }), {
    kind: 'internal',
    message: 'create bad: VolumeDriver.Create: no room',
  })
  await assert.rejects(volumes.inspect('bad'), { message: 'get bad: no such volume' })
  await volumes.create({ Name: 'hot', Driver: 'ramdisk', DriverOpts: { unmountable: 'yes' } })
  await assert.rejects(volumes.mount('hot', 'c1'), {
    message: "error while mounting volume '': VolumeDriver.Mount: the array is on fire",
  })
  await assert.rejects(volumes.create({ Name: 'hot', Driver: 'local' }), {
    kind: 'conflict',
    message: "create hot: driver 'ramdisk' already has volume 'hot': volume name must be unique",
  })
  await volumes.remove('hot', { force: false })
  await assert.rejects(volumes.create({ Name: 'no', Driver: 'nosuch' }), {
    kind: 'not-found',
    message: 'create no: error looking up volume plugin nosuch: plugin "nosuch" not found',
  })
  await assert.rejects(volumes.create({ Name: 'no', Driver: '../ramdisk' }), /plugin "..\/ramdisk" not found/)
})

test('a plugin that is down: a clear error, a warning in the list, and it goes on where it was', async () => {
  await volumes.create({ Name: 'kept', Driver: 'ramdisk' })
  const path = await volumes.mount('kept', 'c1')
  await stopPlugin(child)
  const socket = join(sockets, 'ramdisk.sock')
  // A new engine has not met the plugin yet.
  volumes = await open()
  const dial = `Post "http://${encodeURIComponent(socket)}/Plugin.Activate": dial unix ${socket}: connect: connection refused`
  await assert.rejects(volumes.create({ Name: 'new', Driver: 'ramdisk' }), {
    message: `create new: error looking up volume plugin ramdisk: legacy plugin: ${dial}`,
  })
  const { Volumes: listed, Warnings } = await volumes.list({})
  assert.deepEqual(
    listed?.map(({ Name, Driver }) => [Name, Driver]),
    [['kept', 'ramdisk']],
  )
  assert.match(Warnings?.[0] ?? '', /error looking up volume plugin ramdisk: .*connection refused/)
  await assert.rejects(volumes.remove('kept', { force: false }), /error looking up volume plugin ramdisk/)
  // A call waits a little for one that is just starting.
  rmSync(socket)
  child = await startPlugin()
  assert.equal(await volumes.mount('kept', 'c2'), path)
  await volumes.unmount('c1')
  assert.ok(mounted(path))
  await volumes.unmount('c2')
  assert.ok(!mounted(path))
  await volumes.remove('kept', { force: false })
})

test('a plugin of another place is found by its spec; one whose file is gone may be forgotten by force', async () => {
  const socket = join(folder, 'elsewhere.sock')
  const other = await startPlugin(socket)
  writeFileSync(join(specs, 'far.spec'), `unix://${socket}\n`)
  mkdirSync(join(specs, 'deep'))
  writeFileSync(join(specs, 'deep', 'deep.json'), JSON.stringify({ Name: 'deep', Addr: `unix://${socket}` }))
  assert.deepEqual(await volumes.drivers(), ['deep', 'far', 'local', 'ramdisk'])
  assert.equal((await volumes.create({ Name: 'afar', Driver: 'far' })).Driver, 'far')
  await stopPlugin(other)
  rmSync(join(specs, 'far.spec'))
  rmSync(join(specs, 'deep'), { recursive: true })
  await assert.rejects(volumes.remove('afar', { force: false }), {
    message: 'remove afar: error looking up volume plugin far: plugin "far" not found',
  })
  await volumes.remove('afar', { force: true })
})
