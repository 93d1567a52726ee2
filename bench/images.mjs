// Pulls and pushes one large image with two engines in one run:
//   node bench/images.mjs --a DOCKER_HOST_OF_DOCKER --b DOCKER_HOST_OF_ESSAIM --address IP [--pid PID-OF-ESSAIMD]
//
// Starts Debian's docker-registry at an address of this host that both engines reach and take as insecure. The image
// has --layers (10) of --size (100) MiB of files that gzip makes half as large. --times (3) rounds, the engines taking
// turns; the medians and their ratio are printed as Markdown, with essaimd's largest resident memory.
// --only pull,push,pushloaded,save,load chooses: push is of the image that was pulled, pushloaded of one that came as an archive of
// uncompressed layers.
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const { values } = parseArgs({
  options: {
    a: { type: 'string' },
    b: { type: 'string' },
    address: { type: 'string' },
    pid: { type: 'string' },
    layers: { type: 'string', default: '10' },
    size: { type: 'string', default: '100' },
    times: { type: 'string', default: '3' },
    only: { type: 'string', default: 'pull,push,pushloaded' },
  },
})
if (!values.a || !values.b || !values.address) {
  console.error(
    'usage: node bench/images.mjs --a unix:///docker.sock --b unix:///essaim.sock --address 10.0.0.1 [--pid PID]',
  )
  process.exit(2)
}
const only = values.only.split(',')
const folder = mkdtempSync(join(tmpdir(), 'essaim-bench-images-'))
const digestOf = (data) => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** Debian's registry, on a port of its own. */
class Registry {
  constructor(port) {
    this.place = `${values.address}:${port}`
    this.root = join(folder, String(port))
  }

  async start() {
    const file = join(folder, `${this.place}.yml`)
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: this.root } },
      http: { addr: this.place },
    }
    writeFileSync(file, JSON.stringify(config))
    this.child = spawn('docker-registry', ['serve', file], { stdio: 'ignore' })
    for (let left = 100; left > 0; left--) {
      const up = await fetch(`http://${this.place}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (up) return
      await sleep(50)
    }
    throw new Error(`docker-registry did not come up at ${this.place}`)
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill()
    await ended
    rmSync(this.root, { recursive: true, force: true })
  }

  async put(repository, data) {
    const begun = await fetch(`http://${this.place}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
    const url = new URL(begun.headers.get('location'), `http://${this.place}`)
    url.searchParams.set('digest', digestOf(data))
    const done = await fetch(url, {
      method: 'PUT',
      body: data,
      headers: { 'content-type': 'application/octet-stream' },
    })
    if (!done.ok) throw new Error(`${url}: ${done.status} ${await done.text()}`)
    return { digest: digestOf(data), size: data.length }
  }

  async putManifest(repository, tag, manifest) {
    const url = `http://${this.place}/v2/${repository}/manifests/${tag}`
    const headers = { 'content-type': manifest.mediaType }
    const done = await fetch(url, { method: 'PUT', body: JSON.stringify(manifest), headers })
    if (!done.ok) throw new Error(`${url}: ${done.status} ${await done.text()}`)
  }
}

function tarEntry(name, content) {
  const header = Buffer.alloc(512)
  const field = (at, text) => header.write(text, at, 'latin1')
  field(0, name)
  field(
    100,
    '0000644\0' +
      '0000000\0' +
      '0000000\0' +
      content.length.toString(8).padStart(11, '0') +
      '\0' +
      '14000000000\0' +
      ' '.repeat(8) +
      '0',
  )
  field(257, 'ustar\0' + '00')
  field(
    148,
    header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0') + '\0 ',
  )
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** Twenty files, each of whose bytes is a random one of 16. */
function layerTar(number) {
  const length = Math.floor((Number(values.size) * 2 ** 20) / 20)
  const files = Array.from({ length: 20 }, (_, index) => {
    const content = randomFillSync(Buffer.alloc(length))
    for (let at = 0; at < length; at++) content[at] &= 15
    return tarEntry(`layer${number}-file${index}`, content)
  })
  return Buffer.concat([...files, Buffer.alloc(1024)])
}

const docker = 'application/vnd.docker'

/** The image in the registry, and the same as an archive with uncompressed layers. */
async function makeImage(registry) {
  const archive = openSync(join(folder, 'image.tar'), 'w')
  const layers = []
  const diffIds = []
  for (let number = 0; number < Number(values.layers); number++) {
    const tar = layerTar(number)
    diffIds.push(digestOf(tar))
    writeSync(archive, tarEntry(`${number}.tar`, tar))
    const blob = await registry.put('bench/large', gzipSync(tar, { level: 1 }))
    layers.push({ mediaType: `${docker}.image.rootfs.diff.tar.gzip`, ...blob })
  }
  const document = {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [],
  }
  const config = Buffer.from(JSON.stringify(document))
  const entry = { Config: 'c.json', RepoTags: ['bench/loaded:1'], Layers: diffIds.map((_, number) => `${number}.tar`) }
  // Another image than the one that is pulled, so that both engines have to compress.
  writeSync(archive, tarEntry('c.json', Buffer.from(JSON.stringify({ ...document, author: 'bench' }))))
  writeSync(archive, tarEntry('manifest.json', Buffer.from(JSON.stringify([entry]))))
  writeSync(archive, Buffer.alloc(1024))
  closeSync(archive)
  await registry.putManifest('bench/large', '1', {
    schemaVersion: 2,
    mediaType: `${docker}.distribution.manifest.v2+json`,
    config: { mediaType: `${docker}.container.image.v1+json`, ...(await registry.put('bench/large', config)) },
    layers,
  })
  return layers.reduce((sum, { size }) => sum + size, 0)
}

function run(host, ...args) {
  const done = spawnSync('docker', args, { env: { ...process.env, DOCKER_HOST: host }, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${host}: docker ${args.join(' ')}: ${done.stderr}`)
}

const timed = (work) => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const residentMb = () => {
  const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${values.pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kb) / 1024)
}

const source = new Registry(5801)
const target = new Registry(5802)
const results = new Map()
const note = (measure, engine, seconds) => {
  const key = `${measure} ${engine}`
  results.set(key, [...(results.get(key) ?? []), seconds])
  console.error(`${key}: ${seconds.toFixed(2)} s`)
}

async function round(engine, host) {
  const image = `${source.place}/bench/large:1`
  const sent = `${target.place}/bench/sent:1`
  // What was freed a moment ago is not to be paid for in what follows.
  const settle = () => spawnSync('sync')
  settle()
  if (only.includes('pull') || only.includes('push')) {
    const seconds = timed(() => run(host, 'pull', '-q', image))
    if (only.includes('pull')) note('pull', engine, seconds)
  }
  const push = async (measure, local) => {
    run(host, 'tag', local, sent)
    settle()
    await target.start()
    note(
      measure,
      engine,
      timed(() => run(host, 'push', '-q', sent)),
    )
    await target.stop()
  }
  if (only.includes('push')) await push('push', image)
  run(host, 'image', 'prune', '-af')
  if (only.includes('pushloaded') || only.includes('load')) {
    const seconds = timed(() => run(host, 'load', '-q', '-i', join(folder, 'image.tar')))
    if (only.includes('load')) note('load', engine, seconds)
    if (only.includes('pushloaded')) await push('pushloaded', 'bench/loaded:1')
    if (only.includes('save'))
      note(
        'save',
        engine,
        timed(() => run(host, 'save', '-o', join(folder, 'saved.tar'), 'bench/loaded:1')),
      )
    run(host, 'image', 'prune', '-af')
  }
}

try {
  await source.start()
  const bytes = await makeImage(source)
  console.error(`${values.layers} layers, ${Math.round(bytes / 1e6)} MB compressed`)
  const before = values.pid === undefined ? undefined : residentMb()
  for (let turn = 0; turn < Number(values.times); turn++) {
    const both = [
      ['Docker Engine', values.a],
      ['Essaim', values.b],
    ]
    for (const [engine, host] of turn % 2 === 0 ? both : both.toReversed()) await round(engine, host)
  }
  console.log('| measure | Docker Engine, s | Essaim, s | ratio | goal |\n| --- | ---: | ---: | ---: | ---: |')
  for (const measure of only) {
    const [a, b] = ['Docker Engine', 'Essaim'].map((engine) => median(results.get(`${measure} ${engine}`) ?? [NaN]))
    console.log(`| ${measure} | ${a.toFixed(2)} | ${b.toFixed(2)} | ${(b / a).toFixed(2)} | 1.20 |`)
  }
  if (before !== undefined)
    console.log(`\nessaimd's largest resident memory: ${before} MB before, ${residentMb()} MB after`)
} finally {
  await source.stop()
  target.child?.kill()
  rmSync(folder, { recursive: true, force: true })
}
