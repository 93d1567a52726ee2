import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './docker.js'

const run = promisify(execFile)

export interface RegistryOptions {
  /** Holds its blobs and its configuration; the caller removes it. */
  folder: string
  address: string
  port: number
  /** Basic authentication with the one user of `registryLogin`. */
  login?: boolean
  /** Paths. With `clientCa` a client has to show a certificate of that authority. */
  tls?: { cert: string; key: string; clientCa?: string }
}

/** The user of a registry that asks for one; the hash is the password's by bcrypt, as such registries keep it. */
export const registryLogin = {
  user: 'lab',
  password: 'word',
  hash: '$2y$05$thNa0tUisuVaw9JbbAaK9eJ.DwclohP1pjcEv5VHUh9csuAndLKf.',
}

/** Debian's `docker-registry` (the distribution project's own) in this process's network namespace. */
export class TestRegistry implements AsyncDisposable {
  #child: ChildProcess | undefined

  private constructor(private readonly options: RegistryOptions) {}

  static async start(options: RegistryOptions): Promise<TestRegistry> {
    const registry = new TestRegistry(options)
    await registry.up()
    return registry
  }

  /** `address:port`, as image names begin. */
  get place(): string {
    return `${this.options.address}:${this.options.port}`
  }

  async up(): Promise<void> {
    const { folder, address, port, login, tls } = this.options
    await mkdir(folder, { recursive: true })
    const users = join(folder, 'htpasswd')
    await writeFile(users, `${registryLogin.user}:${registryLogin.hash}\n`)
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'blobs') } },
      ...(login && { auth: { htpasswd: { realm: 'lab', path: users } } }),
      http: {
        addr: this.place,
        ...(tls && {
          tls: { certificate: tls.cert, key: tls.key, ...(tls.clientCa && { clientcas: [tls.clientCa] }) },
        }),
      },
    }
    const file = join(folder, 'registry.yml')
    await writeFile(file, JSON.stringify(config))
    this.#child = spawn('docker-registry', ['serve', file], { stdio: 'ignore' })
    await eventually(`docker-registry at ${this.place}`, () => listens(address, port), 30_000, 50)
  }

  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  /** Puts a blob there by hand; answers its descriptor. For a registry without login and TLS. */
  async put(repository: string, mediaType: string, data: Buffer): Promise<Descriptor> {
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`
    const begun = await fetch(`http://${this.place}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
    const url = new URL(begun.headers.get('location') ?? '', `http://${this.place}`)
    url.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const done = await fetch(url, { method: 'PUT', body: new Uint8Array(data), headers })
    if (!done.ok) throw new Error(`${url.href}: ${done.status} ${await done.text()}`)
    return { mediaType, digest, size: data.length }
  }

  /** Puts an image of one uncompressed layer there. */
  async putImage(repository: string, tag: string, layer: Buffer, config: object = {}): Promise<void> {
    const docker = 'application/vnd.docker'
    const blob = await this.put(repository, `${docker}.image.rootfs.diff.tar`, layer)
    const rootfs = { type: 'layers', diff_ids: [blob.digest] }
    const document = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config, rootfs, history: [] }))
    const manifest = {
      schemaVersion: 2,
      mediaType: `${docker}.distribution.manifest.v2+json`,
      config: await this.put(repository, `${docker}.container.image.v1+json`, document),
      layers: [blob],
    }
    const url = `http://${this.place}/v2/${repository}/manifests/${tag}`
    const headers = { 'content-type': manifest.mediaType }
    const done = await fetch(url, { method: 'PUT', body: JSON.stringify(manifest), headers })
    if (!done.ok) throw new Error(`${url}: ${done.status} ${await done.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down('SIGKILL')
  }
}

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

/** An authority `ca.crt` in `folder`, with `server.crt` and `.key` for an address and `client.crt` and `.key`. */
export async function makeCertificates(folder: string, address: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const at = (name: string): string => join(folder, name)
  const make = (name: string, words: string[]): Promise<unknown> =>
    run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), '-subj', `/CN=${name}`, ...words],
    ])
  await make('ca', [])
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=critical,CA:false']
  await make('server', [...signed, '-addext', `subjectAltName=IP:${address}`])
  await make('client', [...signed, '-addext', 'extendedKeyUsage=clientAuth'])
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
