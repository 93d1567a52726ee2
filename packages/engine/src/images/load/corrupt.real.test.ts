import type { ProgressMessage } from '@essaim/api-types'
import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { openContainerd, type OpenContainerd } from '../../containerd/index.js'
import { EventBus } from '../../events/bus.js'
import { Images } from '../images.js'
import { digestOf } from '../manifest.js'
import { registryDefaults } from '../registry/endpoints.js'

const folder = mkdtempSync('/tmp/essaim-corrupt-')
let open: OpenContainerd
let images: Images

before(async () => {
  const logger = silentLogger
  open = await openContainerd({ dataRoot: join(folder, 'data'), execRoot: join(folder, 'run'), logger })
  const users = { containersOf: () => [] }
  const commits = { forCommit: () => Promise.reject(new Error('no containers here')) }
  const registries = registryDefaults
  images = await Images.open({ containerd: open.client, events: new EventBus(), users, commits, registries, logger })
})

after(async () => {
  open.client.close()
  await open.supervisor?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const live = (): AbortSignal => AbortSignal.timeout(60_000)

/** Pieces with pauses, as a network brings them: a failure may come while nobody reads. */
async function* pieces(data: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += 4096) {
    yield data.subarray(at, at + 4096)
    await new Promise(setImmediate)
  }
}

async function lastOf(stream: Promise<AsyncIterable<ProgressMessage>>): Promise<string> {
  let last: ProgressMessage = {}
  for await (const message of await stream) last = message
  return last.error ?? last.stream ?? last.status ?? ''
}

const load = (data: Buffer): Promise<string> =>
  lastOf(images.load(Readable.from(pieces(data)), { quiet: true }, live()))

const importing = (data: Buffer): Promise<string> =>
  lastOf(images.importTar(Readable.from(pieces(data)), { message: '', changes: [] }, live())).catch(
    (error: Error) => error.message,
  )

async function nothingIsLeft(): Promise<void> {
  assert.deepEqual(await open.client.leases.list(), [])
  assert.deepEqual(await open.client.content.statuses(), [])
  assert.deepEqual(await open.client.content.list(), [])
}

async function tarOf(files: Record<string, Buffer | string>): Promise<Buffer> {
  const tar = pack()
  for (const [name, data] of Object.entries(files)) tar.entry({ name, mtime: new Date(0) }, data)
  tar.finalize()
  return Buffer.concat((await Readable.from(tar).toArray()) as Buffer[])
}

const documentOf = (diffIds: string[], os = 'linux'): string =>
  JSON.stringify({ os, architecture: 'amd64', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } })

const entry = (more: object = {}): string =>
  JSON.stringify([{ Config: 'c.json', RepoTags: ['corrupt:1'], Layers: ['l.tar'], ...more }])

test('an archive that is damaged is told in Docker`s words, and leaves nothing', async () => {
  const layer = await tarOf({ a: randomBytes(20_000) })
  const files = { 'l.tar': layer, 'c.json': documentOf([digestOf(layer)]), 'manifest.json': entry() }
  const good = await tarOf(files)
  const zipped = gzipSync(good)
  const flipped = Buffer.from(zipped)
  flipped.fill(0xff, 9000, 9100)
  const header = Buffer.alloc(10_240, 'x')
  const cases: [string, Buffer, RegExp][] = [
    ['cut', good.subarray(0, good.length / 2), /^Error processing tar file\(exit status 1\): unexpected EOF$/],
    ['cut and compressed', zipped.subarray(0, zipped.length / 2), /^Error processing tar file.*unexpected EOF$/],
    ['changed and compressed', flipped, /^Error processing tar file\(exit status 1\): /],
    ['no archive', randomBytes(5000), /^Error processing tar file.*archive\/tar: invalid tar header$/],
    ['empty', Buffer.alloc(0), /no such file or directory$/],
    ['no table', await tarOf({ a: 'x' }), /no such file or directory$/],
    ['no JSON', await tarOf({ 'manifest.json': '{nope' }), /^invalid manifest.json: /],
    ['another JSON', await tarOf({ 'manifest.json': '{"a":1}' }), /^invalid manifest.json: /],
    ['no configuration', await tarOf({ 'manifest.json': entry() }), /^open c.json: no such file or directory$/],
    ['no layer', await tarOf({ ...files, 'l.tar': '' }), /^open l.tar: no such file or directory$/],
    ['a layer that is none', await tarOf({ ...files, 'l.tar': header }), /: archive\/tar: invalid tar header$/],
    ['layers too many', await tarOf({ ...files, 'c.json': documentOf([]) }), /layers length mismatch/],
    ['another system', await tarOf({ ...files, 'c.json': documentOf([digestOf(layer)], 'windows') }), /^cannot load/],
    ['a bad name', await tarOf({ ...files, 'manifest.json': entry({ RepoTags: ['UPPER:1'] }) }), /must be lowercase$/],
  ]
  for (const [what, data, message] of cases) {
    assert.match(await load(data), message, what)
    await nothingIsLeft()
  }
  assert.equal(await load(zipped), 'Loaded image: corrupt:1\n')
  await images.remove('corrupt:1', { force: false, noPrune: false })
})

test('so is a tar to import', async () => {
  const tar = await tarOf({ a: randomBytes(200_000) })
  const zipped = gzipSync(tar)
  const flipped = Buffer.from(zipped)
  flipped.fill(0xff, 40, 5000)
  const cases: [string, Buffer, RegExp][] = [
    ['cut', tar.subarray(0, 100_000), /^Error processing tar file\(exit status 1\): unexpected EOF$/],
    ['cut and compressed', zipped.subarray(0, 100_000), /^Error processing tar file.*unexpected EOF$/],
    ['changed and compressed', flipped, /^Error processing tar file\(exit status 1\): gzip: invalid data/],
    ['no archive', randomBytes(5000), /^Error processing tar file.*archive\/tar: invalid tar header$/],
  ]
  for (const [what, data, message] of cases) {
    assert.match(await importing(data), message, what)
    await nothingIsLeft()
  }
  assert.match(await importing(zipped), /^sha256:/)
})
