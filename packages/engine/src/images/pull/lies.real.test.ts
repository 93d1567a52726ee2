import type { AuthConfig, ProgressMessage } from '@essaim/api-types'
import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openContainerd, type OpenContainerd } from '../../containerd/index.js'
import { EventBus } from '../../events/bus.js'
import { Images } from '../images.js'
import { mediaTypes } from '../manifest.js'
import { registryDefaults } from '../registry/endpoints.js'
import { OwnRegistry, tarOf, type LyingManifest } from './own-registry.fixture.js'

const folder = mkdtempSync('/tmp/essaim-lies-')
let open: OpenContainerd
let images: Images
let registry: OwnRegistry

before(async () => {
  const logger = silentLogger
  open = await openContainerd({ dataRoot: join(folder, 'data'), execRoot: join(folder, 'run'), logger })
  const users = { containersOf: () => [] }
  const commits = { forCommit: () => Promise.reject(new Error('no containers here')) }
  const registries = { ...registryDefaults, certsFolders: [] }
  images = await Images.open({ containerd: open.client, events: new EventBus(), users, commits, registries, logger })
})

beforeEach(async () => {
  registry?.close()
  registry = await OwnRegistry.open()
})

after(async () => {
  registry?.close()
  open.client.close()
  await open.supervisor?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function pull(tag: string, auth?: AuthConfig): Promise<ProgressMessage[]> {
  const said: ProgressMessage[] = []
  const options = { reference: `${registry.place}/lab/x:${tag}`, ...(auth && { auth }) }
  for await (const message of await images.pull(options, AbortSignal.timeout(60_000))) said.push(message)
  return said
}

/** What a pull fails with, before its stream or in it; nothing of the image is left then. */
async function failure(tag: string): Promise<string | undefined> {
  const said = await pull(tag).catch((error: Error) => [{ error: error.message }])
  await assert.rejects(images.resolve(`${registry.place}/lab/x:${tag}`), /No such image/)
  assert.deepEqual(await open.client.leases.list(), [])
  assert.deepEqual(await open.client.content.statuses(), [])
  return said.at(-1)?.error
}

async function works(tag: string): Promise<void> {
  const said = await pull(tag)
  assert.match(said.at(-1)?.status ?? said.at(-1)?.error ?? '', /^Status: Downloaded newer image/)
}

test('a digest that is another one is found out: of a manifest, a configuration, a layer and what it unpacks to', async () => {
  const layer = await tarOf('a', randomBytes(5000))
  registry.image('honest', layer)
  registry.meddle = (_, answer, served) => {
    if (served?.type === mediaTypes.ociManifest) answer.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`)
    return false
  }
  assert.match((await failure('honest')) ?? '', /^manifest verification failed for digest sha256:0000/)
  registry.meddle = (_, answer, served) => {
    if (served?.type !== mediaTypes.ociConfig) return false
    answer.end(Buffer.alloc(served.data.length, '{'))
    return true
  }
  assert.match((await failure('honest')) ?? '', /^image config verification failed for digest sha256:/)
  registry.meddle = (_, answer, served) => {
    if (served?.type !== mediaTypes.ociLayer) return false
    answer.end(Buffer.alloc(served.data.length))
    return true
  }
  assert.match((await failure('honest')) ?? '', /^filesystem layer verification failed for digest sha256:/)
  registry.meddle = () => false
  const other = registry.add(await tarOf('b', 'other'), mediaTypes.ociLayer)
  registry.image('another', layer, ({ layers }) => layers.splice(0, 1, other))
  assert.match((await failure('another')) ?? '', /^invalid diffID for layer 0: expected "sha256:/)
})

test('a layer that is damaged, and has the digest of its manifest', async () => {
  const layer = await tarOf('a', randomBytes(200_000))
  const damaged: [string, Buffer, RegExp][] = [
    ['cut', gzipSync(layer).subarray(0, 100_000), /^failed to register layer: .*unexpected (EOF|end of file)/],
    ['changed', Buffer.from(gzipSync(layer)).fill(0xff, 5000, 9000), /^failed to register layer: /],
    ['no-tar', gzipSync(Buffer.alloc(5000, 'x')), /^failed to register layer: .*invalid tar header$/],
  ]
  for (const [tag, blob, message] of damaged) {
    const served = registry.add(blob, mediaTypes.ociLayerGzip)
    registry.image(tag, layer, ({ layers }) => layers.splice(0, 1, served))
    assert.match((await failure(tag)) ?? '', message, tag)
  }
})

test('a size that is another one is found out', async () => {
  const sized = (by: number) => (manifest: LyingManifest) => manifest.layers.forEach((layer) => (layer.size += by))
  registry.image('less', await tarOf('a', randomBytes(5000)), sized(-1000))
  assert.match((await failure('less')) ?? '', /^sha256:\w+ is larger than its manifest says \(\d+ bytes\)$/)
  registry.image('more', await tarOf('a', randomBytes(5000)), sized(1000))
  assert.match((await failure('more')) ?? '', /^sha256:\w+ is smaller than its manifest says \(\d+ of \d+ bytes\)$/)
  registry.image('config', await tarOf('a', 'a'), ({ config }) => (config.size += 1))
  assert.match((await failure('config')) ?? '', /^sha256:\w+ has \d+ bytes, its manifest says \d+$/)
})

test('a media type that is another one is found out, or does no harm', async () => {
  const layer = await tarOf('a', randomBytes(3000))
  const cases: [string, (manifest: LyingManifest) => void, RegExp][] = [
    ['index', (one) => (one.mediaType = mediaTypes.ociIndex), /^unsupported manifest media type/],
    [
      'docker',
      (one) => (one.mediaType = mediaTypes.dockerManifest),
      /^mediaType in manifest should be 'application\/vnd.oci.image.manifest.v1\+json' not/,
    ],
    ['chart', ({ config }) => (config.mediaType = 'application/vnd.cncf.helm.config.v1+json'), /^Encountered remote/],
    ['text', ({ layers }) => layers.forEach((one) => (one.mediaType = 'text/plain')), /^unsupported layer media type/],
    ['old', (one) => (one.schemaVersion = 1), /schema version 1/],
  ]
  for (const [tag, lie, message] of cases) {
    registry.image(tag, layer, lie)
    assert.match((await failure(tag)) ?? '', message, tag)
  }
  registry.add(Buffer.from('<html>'), 'text/html', 'page')
  assert.match((await failure('page')) ?? '', /^invalid manifest/)
  // Its content tells how a layer is compressed.
  const gzipped = registry.add(gzipSync(layer), mediaTypes.ociLayerZstd)
  registry.image('zstd', layer, ({ layers }) => layers.splice(0, 1, gzipped))
  await works('zstd')
  const second = await tarOf('b', randomBytes(3000))
  const plain = registry.add(second, mediaTypes.ociLayerGzip)
  registry.image('plain', second, ({ layers }) => layers.splice(0, 1, plain))
  await works('plain')
})

test('what passes is tried again, and half a layer of a liar does not stay', async () => {
  registry.image('later', await tarOf('a', randomBytes(3000)))
  let errors = 1
  registry.meddle = (_, answer, served) => {
    if (served?.type !== mediaTypes.ociLayer || errors-- <= 0) return false
    answer.writeHead(503).end()
    return true
  }
  await works('later')
  const layer = await tarOf('b', randomBytes(3_000_000))
  registry.image('half', layer)
  let lies = 1
  registry.meddle = (_, answer, served) => {
    if (served?.type !== mediaTypes.ociLayer || lies-- <= 0) return false
    answer.writeHead(200, { 'content-length': served.data.length })
    answer.write(Buffer.alloc(2_000_000), () => answer.destroy())
    return true
  }
  await works('half')
  const asked = registry.seen.filter((line) => line.includes('bytes=')).length
  assert.ok(asked >= 1, 'it went on where the connection broke')
})

test('tokens: one for all layers, renewed when it has ended, and got with an identity token', async () => {
  registry.image('secret', await tarOf('a', randomBytes(3000)))
  const asked: string[] = []
  let good = 'none'
  const issue = (kind: string): string => {
    asked.push(kind)
    good = `token-${asked.length}`
    return JSON.stringify({ access_token: good, expires_in: 300 })
  }
  registry.meddle = (call, answer, served) => {
    const { pathname, searchParams } = new URL(call.url ?? '', `http://${registry.place}`)
    if (pathname === '/token' && call.method === 'GET') {
      answer.end(issue(`${searchParams.get('scope')} ${searchParams.get('account')}`))
      return true
    }
    if (pathname === '/token') {
      let form = ''
      call.on('data', (data: Buffer) => (form += data.toString()))
      call.on('end', () => {
        const fields = new URLSearchParams(form)
        answer.end(issue(`${fields.get('scope')} ${fields.get('grant_type')} ${fields.get('refresh_token')}`))
      })
      return true
    }
    if (call.headers.authorization === `Bearer ${good}`) {
      // It is taken back before its time, once.
      if (served?.type === mediaTypes.ociConfig && asked.length === 1) good = 'none'
      return false
    }
    const challenge = `Bearer realm="http://${registry.place}/token",service="lab"`
    answer.writeHead(401, { 'www-authenticate': challenge }).end()
    return true
  }
  const said = await pull('secret', { username: 'lab', password: 'word' })
  assert.match(said.at(-1)?.status ?? said.at(-1)?.error ?? '', /^Status: Downloaded newer image/)
  assert.deepEqual(asked, ['repository:lab/x:pull lab', 'repository:lab/x:pull lab'])
  registry.image('more', await tarOf('b', randomBytes(3000)))
  await pull('more', { identitytoken: 'for-ever' })
  assert.equal(asked.at(-1), 'repository:lab/x:pull refresh_token for-ever')
})
