import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { openContainerd, type OpenContainerd } from '../../containerd/index.js'
import { EventBus } from '../../events/bus.js'
import type { ImageUsers } from '../contract.js'
import { digestOf } from '../manifest.js'
import { Images } from '../images.js'
import { registryDefaults } from '../registry/endpoints.js'

const folder = mkdtempSync('/tmp/essaim-load-')
const users: ImageUsers = { containersOf: (id) => inUse.get(id) ?? [] }
const inUse = new Map<string, { id: string; running: boolean }[]>()
const options = { quiet: true }
const events = new EventBus()
const commits = { forCommit: () => Promise.reject(new Error('no containers here')) }
const registries = registryDefaults
let open: OpenContainerd
let images: Images

before(async () => {
  const roots = { dataRoot: join(folder, 'data'), execRoot: join(folder, 'run'), logger: silentLogger }
  open = await openContainerd(roots)
  images = await Images.open({ containerd: open.client, events, users, commits, registries, logger: silentLogger })
})

after(async () => {
  open.client.close()
  await open.supervisor?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Deleting a lease can wait for a garbage collection. */
async function collect(): Promise<void> {
  await open.client.leases.create('probe')
  await open.client.leases.delete('probe', true)
}

async function tarOf(files: Record<string, Buffer | string | { link: string }>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'object' && 'link' in content) tar.entry({ name, type: 'symlink', linkname: content.link })
    else tar.entry({ name, mtime: new Date(0) }, content)
  }
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function documentOf(layers: Buffer[], config: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      created: '2024-01-01T00:00:00Z',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
      history: [{ created_by: 'first' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'second' }],
    }),
  )
}

async function loaded(archive: Buffer): Promise<string[]> {
  const said: string[] = []
  const stream = await images.load(Readable.from([archive]), options, new AbortController().signal)
  for await (const message of stream) said.push(message.stream ?? message.error ?? '')
  return said
}

test('an archive of docker save, with its table at the end, a linked layer and a compressed one', async () => {
  const [one, two] = [await tarOf({ a: 'a'.repeat(3_000_000) }), await tarOf({ b: 'b' })]
  const document = documentOf([one, two, one], { Cmd: ['x'], Labels: { tier: 'db' } })
  const entry = {
    Config: 'c.json',
    RepoTags: ['demo:1', 'demo:latest'],
    Layers: ['1/layer.tar', '2/layer.tar', '3/layer.tar'],
  }
  const archive = await tarOf({
    '1/layer.tar': one,
    '2/layer.tar': gzipSync(two),
    '3/layer.tar': { link: '../1/layer.tar' },
    'c.json': document,
    'manifest.json': JSON.stringify([entry]),
  })
  assert.deepEqual(await loaded(archive), ['Loaded image: demo:1\n', 'Loaded image: demo:latest\n'])
  const id = digestOf(document)
  const image = await images.resolve('demo')
  assert.equal(image.id, id)
  assert.deepEqual(image.config.Cmd, ['x'])
  assert.equal((await images.resolve(id.slice(7, 19))).chainId, image.chainId)
  assert.equal((await images.inspect('demo:1')).RootFS?.Layers?.length, 3)
  const history = await images.history('demo')
  assert.deepEqual(
    history.map(({ CreatedBy }) => CreatedBy),
    ['second', 'ENV', 'first'],
  )
  assert.deepEqual(
    history.map(({ Size }) => Size > 0),
    [true, false, true],
  )
  const all = { all: false, digests: false, sharedSize: false }
  assert.deepEqual(
    (await images.list({ ...all, filters: { label: ['tier=db'] } })).map(({ RepoTags }) => RepoTags),
    [['demo:1', 'demo:latest']],
  )
  assert.deepEqual(
    (await images.list({ ...all, filters: { reference: ['dem?:l*'] } })).map(({ RepoTags }) => RepoTags),
    [['demo:latest']],
  )
  assert.deepEqual(await images.list({ ...all, filters: { dangling: ['true'] } }), [])
  assert.deepEqual(await open.client.leases.list(), [])
  assert.deepEqual(await open.client.content.statuses(), [])
})

test('an OCI layout', async () => {
  const layer = await tarOf({ oci: 'yes' })
  const [blob, document] = [gzipSync(layer), documentOf([layer])]
  const descriptor = (mediaType: string, data: Buffer): object => ({
    mediaType,
    digest: digestOf(data),
    size: data.length,
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: descriptor('application/vnd.oci.image.config.v1+json', document),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', blob)],
    }),
  )
  const annotations = { 'org.opencontainers.image.ref.name': 'localhost:5000/oci:1' }
  const index = {
    schemaVersion: 2,
    manifests: [{ ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest), annotations }],
  }
  const at = (data: Buffer): string => `blobs/sha256/${createHash('sha256').update(data).digest('hex')}`
  const files = {
    'oci-layout': '{}',
    'index.json': JSON.stringify(index),
    [at(manifest)]: manifest,
    [at(document)]: document,
    [at(blob)]: blob,
  }
  assert.deepEqual(await loaded(gzipSync(await tarOf(files))), ['Loaded image: localhost:5000/oci:1\n'])
  assert.equal((await images.resolve('localhost:5000/oci:1')).id, digestOf(document))
})

test('a wrong diff id and rubbish are refused, and leave nothing', async () => {
  await collect()
  const before = (await open.client.content.list()).length
  const layer = await tarOf({ c: 'c' })
  const document = Buffer.from(
    documentOf([layer])
      .toString()
      .replace(digestOf(layer), `sha256:${'0'.repeat(64)}`),
  )
  const entry = { Config: 'c.json', RepoTags: [], Layers: ['l'] }
  const said = await loaded(await tarOf({ l: layer, 'c.json': document, 'manifest.json': JSON.stringify([entry]) }))
  assert.match(said[0] ?? '', /^invalid diffID for layer 0: expected "sha256:0000/)
  assert.match((await loaded(Buffer.from('rubbish')))[0] ?? '', /unexpected EOF/)
  assert.match((await loaded(Buffer.alloc(600, 'x')))[0] ?? '', /invalid tar header/)
  assert.match((await loaded(Buffer.alloc(1024)))[0] ?? '', /no such file or directory/)
  // Nothing holds the refused blobs.
  await collect()
  assert.equal((await open.client.content.list()).length, before)
})

test('names are moved, and images are removed with their last name', async () => {
  const image = async (text: string, tags: string[]): Promise<string> => {
    const layer = await tarOf({ d: text })
    const document = documentOf([layer])
    const entry = { Config: 'c.json', RepoTags: tags, Layers: ['l'] }
    const said = await loaded(await tarOf({ l: layer, 'c.json': document, 'manifest.json': JSON.stringify([entry]) }))
    assert.ok(said.at(-1)?.startsWith('Loaded image'), said.join())
    return digestOf(document)
  }
  const remove = { force: false, noPrune: false }
  const first = await image('1', ['move:1'])
  const layer = (await images.resolve(first)).chainId
  const second = await image('2', ['move:1'])
  assert.equal((await images.resolve('move:1')).id, second)
  assert.deepEqual(await images.remove(first, remove), [{ Deleted: first }, { Deleted: layer }])
  await assert.rejects(images.resolve(first), { message: `No such image: ${first}` })

  await images.tag('move:1', { repo: 'other', tag: '' })
  await assert.rejects(images.remove(second, remove), /must be forced\) - image is referenced in multiple repositories/)
  assert.deepEqual(await images.remove('other', remove), [{ Untagged: 'other:latest' }])
  inUse.set(second, [{ id: 'c'.repeat(64), running: false }])
  await assert.rejects(images.remove('move:1', remove), {
    message: `conflict: unable to remove repository reference "move:1" (must force) - container cccccccccccc is using its referenced image ${second.slice(7, 19)}`,
  })
  await assert.rejects(images.remove(second, remove), /image is being used by stopped container cccccccccccc/)
  inUse.set(second, [{ id: 'c'.repeat(64), running: true }])
  await assert.rejects(
    images.remove(second, { ...remove, force: true }),
    /\(cannot be forced\) - image is being used by running container/,
  )
  inUse.delete(second)
  assert.deepEqual((await images.remove('move:1', remove)).length, 3)
  await assert.rejects(images.inspect('move:1'), { message: 'no such image: move:1: No such image: move:1' })
})

test('prune takes what has no name', async () => {
  const layer = await tarOf({ e: 'e' })
  const entry = { Config: 'c.json', RepoTags: null, Layers: ['l'] }
  await loaded(await tarOf({ l: layer, 'c.json': documentOf([layer]), 'manifest.json': JSON.stringify([entry]) }))
  const { ImagesDeleted, SpaceReclaimed } = await images.prune({})
  assert.equal(ImagesDeleted?.length, 2)
  assert.ok(SpaceReclaimed >= layer.length)
  assert.deepEqual((await images.prune({})).ImagesDeleted, null)
})
