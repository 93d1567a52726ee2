import type { ProgressMessage } from '@essaim/api-types'
import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { openContainerd, type OpenContainerd } from '../containerd/index.js'
import { EventBus } from '../events/bus.js'
import { Images } from './images.js'
import { digestOf, mediaTypes } from './manifest.js'
import { OwnRegistry, tarOf } from './pull/own-registry.fixture.js'
import { registryDefaults } from './registry/endpoints.js'

const MiB = 1 << 20
const folder = mkdtempSync('/tmp/essaim-full-')
const dataRoot = join(folder, 'data')
let open: OpenContainerd
let images: Images
let registry: OwnRegistry

before(async () => {
  mkdirSync(dataRoot)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', dataRoot])
  const logger = silentLogger
  open = await openContainerd({ dataRoot, execRoot: join(folder, 'run'), logger })
  const users = { containersOf: () => [] }
  const commits = { forCommit: () => Promise.reject(new Error('no containers here')) }
  const registries = { ...registryDefaults, certsFolders: [] }
  images = await Images.open({ containerd: open.client, events: new EventBus(), users, commits, registries, logger })
  registry = await OwnRegistry.open()
})

after(async () => {
  registry.close()
  open.client.close()
  await open.supervisor?.stop()
  execFileSync('umount', ['-l', dataRoot])
  rmSync(folder, { recursive: true, force: true })
})

const live = (): AbortSignal => AbortSignal.timeout(60_000)

async function say(stream: Promise<AsyncIterable<ProgressMessage>>): Promise<string> {
  let last = ''
  for await (const { error, status, stream: text } of await stream) last = error ?? status ?? text ?? ''
  return last
}

const pull = (tag: string): Promise<string> => say(images.pull({ reference: `${registry.place}/lab/x:${tag}` }, live()))

async function load(layers: Buffer[]): Promise<string> {
  const tar = pack()
  const rootfs = { type: 'layers', diff_ids: layers.map(digestOf) }
  layers.forEach((layer, index) => tar.entry({ name: `${index}.tar` }, layer))
  tar.entry({ name: 'c.json' }, JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs }))
  const entry = { Config: 'c.json', RepoTags: ['lab/loaded:1'], Layers: layers.map((_, index) => `${index}.tar`) }
  tar.entry({ name: 'manifest.json' }, JSON.stringify([entry]))
  tar.finalize()
  return await say(images.load(Readable.from(tar), { quiet: true }, live()))
}

/** What was refused has left nothing, and what fits still goes in. */
async function recovered(): Promise<void> {
  assert.deepEqual(await open.client.leases.list(), [])
  assert.deepEqual(await open.client.content.statuses(), [])
  assert.deepEqual(await open.client.content.list(), [])
  assert.deepEqual(await open.client.snapshots.list(), [])
  const { bavail, bsize } = statfsSync(dataRoot)
  assert.ok(bavail * bsize > 14 * MiB, `${bavail * bsize} bytes are free`)
  assert.equal(await load([await tarOf('small', randomBytes(MiB))]), 'Loaded image: lab/loaded:1\n')
  await images.remove('lab/loaded:1', { force: false, noPrune: false })
}

test('a layer that does not fit on the disk, on its way in', async () => {
  registry.image('large', await tarOf('large', randomBytes(30 * MiB)))
  assert.equal(await pull('large'), 'failed to download: no space left on device')
  await recovered()
  assert.match(await load([await tarOf('large', randomBytes(30 * MiB))]), /no space left on device$/)
  await recovered()
})

test('a layer that does not fit when it is unpacked', async () => {
  const layer = await tarOf('zeros', Buffer.alloc(30 * MiB))
  const small = registry.add(gzipSync(layer), mediaTypes.ociLayerGzip)
  registry.image('zeros', layer, ({ layers }) => layers.splice(0, 1, small))
  assert.equal(
    await pull('zeros'),
    'failed to register layer: Error processing tar file(exit status 1): no space left on device',
  )
  await recovered()
  // Bytes and snapshot of the first layer fit, those of the second one no more.
  const layers = [await tarOf('a', randomBytes(6 * MiB)), await tarOf('b', randomBytes(6 * MiB))]
  assert.match(await load(layers), /no space left on device$/)
  await recovered()
})

test('an import that does not fit', async () => {
  const tar = Readable.from([await tarOf('large', randomBytes(30 * MiB))])
  const options = { repo: 'lab/imported', message: '', changes: [] }
  const imported = say(images.importTar(tar, options, live())).catch((error: Error) => error.message)
  assert.match(await imported, /no space left on device$/)
  await recovered()
})
