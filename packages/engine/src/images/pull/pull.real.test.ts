import type { ProgressMessage } from '@essaim/api-types'
import { silentLogger } from '@essaim/base'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { openContainerd, type OpenContainerd } from '../../containerd/index.js'
import { EventBus } from '../../events/bus.js'
import { Images } from '../images.js'
import { registryDefaults } from '../registry/endpoints.js'
import { digestOf, mediaTypes } from '../manifest.js'

const folder = mkdtempSync('/tmp/essaim-pull-')
const skip = spawnSync('docker-registry', ['--version']).status === 0 ? false : 'docker-registry is not installed'
const registries = { ...registryDefaults, mirrors: [] as string[], certsFolders: [join(folder, 'certs')] }
let open: OpenContainerd
let images: Images
let registry: ChildProcess | undefined
let proxy: Server
/** The registry's address behind a proxy that may cut connections and lie. */
let place = ''
let meddle: (call: IncomingMessage, answer: ServerResponse, upstream: IncomingMessage) => boolean = () => false
const seen: string[] = []

before(async () => {
  const roots = { dataRoot: join(folder, 'data'), execRoot: join(folder, 'run'), logger: silentLogger }
  open = await openContainerd(roots)
  const users = { containersOf: () => [] }
  const commits = { forCommit: () => Promise.reject(new Error('no containers here')) }
  images = await Images.open({
    containerd: open.client,
    events: new EventBus(),
    users,
    commits,
    registries,
    logger: silentLogger,
  })
  if (skip) return
  const port = await freePort()
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'reg') } },
    http: { addr: `127.0.0.1:${port}` },
  }
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(config))
  registry = spawn('docker-registry', ['serve', join(folder, 'registry.yml')], { stdio: 'ignore' })
  proxy = createServer((call, answer) => forward(port, call, answer))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  await until(async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok)
  await load('demo:1', [await tarOf('a', randomBytes(1_500_000).toString('hex')), await tarOf('b', 'b')])
  await images.tag('demo:1', { repo: `${place}/lab/demo`, tag: '1' })
  const pushed = await say(images.push(`${place}/lab/demo`, { tag: '1' }, live()))
  assert.match(pushed.at(-2)?.status ?? '', /^1: digest: sha256:/)
})

after(async () => {
  if (!skip) {
    proxy.closeAllConnections()
    proxy.close()
  }
  registry?.kill()
  open.client.close()
  await open.supervisor?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const live = (): AbortSignal => AbortSignal.timeout(60_000)

function forward(port: number, call: IncomingMessage, answer: ServerResponse): void {
  seen.push(`${call.method} ${call.url} ${call.headers.range ?? ''}`.trim())
  const { method = 'GET', url: path = '/', headers } = call
  const upstream = request({ host: '127.0.0.1', port, method, path, headers }, (got) => {
    if (meddle(call, answer, got)) return
    answer.writeHead(got.statusCode ?? 500, got.headers)
    got.pipe(answer)
  })
  upstream.on('error', () => answer.destroy())
  call.pipe(upstream)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (let left = 100; left > 0; left--) {
    if (await ready().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail('it did not come up')
}

async function tarOf(name: string, content: string): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name, mtime: new Date(0) }, content)
  tar.finalize()
  return Buffer.concat((await Readable.from(tar).toArray()) as Buffer[])
}

async function load(name: string, layers: Buffer[]): Promise<void> {
  const tar = pack()
  const rootfs = { type: 'layers', diff_ids: layers.map(digestOf) }
  layers.forEach((layer, index) => tar.entry({ name: `${index}.tar` }, layer))
  tar.entry({ name: 'c.json' }, JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs }))
  tar.entry(
    { name: 'manifest.json' },
    JSON.stringify([{ Config: 'c.json', RepoTags: [name], Layers: layers.map((_, index) => `${index}.tar`) }]),
  )
  tar.finalize()
  await say(images.load(Readable.from(tar), { quiet: true }, live()))
}

async function say(stream: Promise<AsyncIterable<ProgressMessage>>): Promise<ProgressMessage[]> {
  const said: ProgressMessage[] = []
  for await (const message of await stream) said.push(message)
  return said
}

/** Nothing of any image is left. */
async function clear(): Promise<void> {
  meddle = () => false
  seen.length = 0
  const all = { all: true, digests: false, sharedSize: false, filters: {} }
  for (const { Id } of await images.list(all)) {
    for (const tag of (await images.inspect(Id)).RepoTags ?? [])
      await images.remove(tag, { force: true, noPrune: false })
  }
  assert.deepEqual(await images.list(all), [])
  assert.deepEqual(await open.client.content.list(), [])
}

const pull = (tail: string): Promise<ProgressMessage[]> =>
  say(images.pull({ reference: `${place}/lab/${tail}` }, live()))

test('a pull says what Docker says, and a second one that nothing is new', { skip }, async () => {
  await clear()
  const said = await pull('demo:1')
  const shown = said.map(
    ({ status, id }) => `${id === undefined ? '' : `${id.length === 12 ? 'LAYER' : id}: `}${status}`,
  )
  assert.equal(shown[0], '1: Pulling from lab/demo')
  assert.equal(shown.filter((line) => line === 'LAYER: Pulling fs layer').length, 2)
  for (const step of ['Verifying Checksum', 'Download complete', 'Pull complete']) {
    assert.equal(shown.filter((line) => line === `LAYER: ${step}`).length, 2, step)
  }
  assert.match(shown.at(-2) ?? '', /^Digest: sha256:[0-9a-f]{64}$/)
  assert.equal(shown.at(-1), `Status: Downloaded newer image for ${place}/lab/demo:1`)
  const again = await pull('demo:1')
  assert.deepEqual(
    again.map(({ status }) => status),
    ['Pulling from lab/demo', shown.at(-2), `Status: Image is up to date for ${place}/lab/demo:1`],
  )
  assert.deepEqual(await open.client.leases.list(), [])
})

test('what is not there is told in Docker`s words', { skip }, async () => {
  const of = (name: string): string => `manifest for ${place}/lab/${name} not found: manifest unknown: manifest unknown`
  await assert.rejects(pull('demo:2'), { kind: 'not-found', message: of('demo:2') })
  await assert.rejects(say(images.pull({ reference: '127.0.0.1:1/x:1' }, live())), {
    message: 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  })
  await assert.rejects(say(images.pull({ reference: 'Bad' }, live())), /repository name must be lowercase/)
  const arm = images.pull({ reference: `${place}/lab/demo:1`, platform: 'plan9/amd64/v1/x' }, live())
  await assert.rejects(arm, /platform specifier/)
})

test('a connection that breaks is taken up where it broke', { skip }, async () => {
  await clear()
  let cuts = 2
  meddle = (call, answer, upstream) => {
    if (!call.url?.includes('/blobs/') || Number(upstream.headers['content-length']) < 2000 || cuts-- <= 0) return false
    answer.writeHead(upstream.statusCode ?? 500, upstream.headers)
    upstream.once('data', (chunk: Buffer) => answer.write(chunk.subarray(0, 1000), () => answer.destroy()))
    return true
  }
  const said = await pull('demo:1')
  assert.ok(said.some(({ status }) => status === 'Retrying in 1 second'))
  assert.match(said.at(-1)?.status ?? '', /Downloaded newer image/)
  assert.deepEqual(
    seen.filter((line) => line.includes('bytes=')).map((line) => line.split(' ').at(-1)),
    ['bytes=1000-', 'bytes=2000-'],
  )
})

test('twenty pulls of one image fetch each blob once', { skip }, async () => {
  await clear()
  const all = await Promise.all(Array.from({ length: 20 }, () => pull('demo:1')))
  for (const said of all) assert.match(said.at(-1)?.status ?? said.at(-1)?.error ?? '', /demo:1$/)
  const layers = seen.filter((line) => line.startsWith('GET') && line.includes('/blobs/'))
  assert.equal(layers.length, 2 + 1)
})

test('a registry that lies is found out, and leaves nothing', { skip }, async () => {
  await clear()
  meddle = (call, answer, upstream) => {
    if (!call.url?.includes('/blobs/') || Number(upstream.headers['content-length']) < 2000) return false
    answer.writeHead(200, upstream.headers)
    upstream.on('data', (chunk: Buffer) => answer.write(Buffer.alloc(chunk.length, 'x')))
    upstream.on('end', () => answer.end())
    return true
  }
  const said = await pull('demo:1')
  assert.match(said.at(-1)?.error ?? '', /^filesystem layer verification failed for digest sha256:/)
  await assert.rejects(images.resolve(`${place}/lab/demo:1`), /No such image/)
  // Of the other layer something may be left for the next pull.
  assert.deepEqual(
    (await open.client.content.statuses()).filter(({ offset }) => offset > 2000),
    [],
  )
  assert.deepEqual(await open.client.leases.list(), [])
})

test('an abandoned pull ends, and half a layer is kept for the next one', { skip }, async () => {
  await clear()
  const stop = new AbortController()
  meddle = (call, answer, upstream) => {
    if (!call.url?.includes('/blobs/') || Number(upstream.headers['content-length']) < 2000) return false
    answer.writeHead(200, upstream.headers)
    upstream.once('data', (chunk: Buffer) => {
      answer.write(chunk.subarray(0, 1500))
      setTimeout(() => stop.abort(new Error('gone')), 500)
    })
    return true
  }
  const said = await say(images.pull({ reference: `${place}/lab/demo:1` }, stop.signal))
  assert.equal(said.at(-1)?.error, 'gone')
  meddle = () => false
  assert.match((await pull('demo:1')).at(-1)?.status ?? '', /Downloaded newer image/)
})

test('of an index the manifest for this machine is taken; zstd and gzip layers alike', { skip }, async () => {
  await clear()
  const layer = await tarOf('z', 'zstd or not')
  const zstd = spawnSync('zstd', ['-c'], { input: layer })
  const blob = zstd.status === 0 ? zstd.stdout : gzipSync(layer)
  const type = zstd.status === 0 ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Cmd: ['z'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  )
  const about = (mediaType: string, data: Buffer): { mediaType: string; digest: string; size: number } => ({
    mediaType,
    digest: digestOf(data),
    size: data.length,
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: about(mediaTypes.ociConfig, config),
      layers: [about(type, blob)],
    }),
  )
  const other = { ...about(mediaTypes.ociManifest, Buffer.from('x')), platform: { os: 'linux', architecture: 's390x' } }
  const mine = {
    ...about(mediaTypes.ociManifest, manifest),
    platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
  }
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [other, mine] }),
  )
  const bytes = new Map([manifest, config, blob, index].map((data) => [digestOf(data), data]))
  const server = createServer((call, answer) => {
    const name = decodeURIComponent(call.url?.split('/').at(-1) ?? '')
    const data = name === '' ? Buffer.from('{}') : name === 'many' ? index : bytes.get(name)
    if (data === index) answer.setHeader('content-type', mediaTypes.ociIndex)
    if (data) answer.end(data)
    else answer.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  registries.mirrors.push(`http://${host}`)
  try {
    const said = await say(images.pull({ reference: 'some/thing:many' }, live()))
    assert.equal(said.at(-1)?.status, 'Status: Downloaded newer image for some/thing:many')
    assert.deepEqual((await images.resolve('some/thing:many')).config.Cmd, ['z'])
    assert.deepEqual((await images.inspect('some/thing:many')).RepoDigests, [`some/thing@${digestOf(index)}`])
    const wrong = images.pull({ reference: `${host}/some/thing:many`, platform: 'linux/arm64' }, live())
    await assert.rejects(wrong, { message: 'no matching manifest for linux/arm64/v8 in the manifest list entries' })
  } finally {
    registries.mirrors.pop()
    server.closeAllConnections()
    server.close()
  }
})
