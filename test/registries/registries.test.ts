import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  busyboxImage,
  docker,
  eventually,
  labImages,
  makeCertificates,
  registryLogin,
  TestDaemon,
  TestRegistry,
} from '@essaim/testing'
import { request } from 'node:http'
import { pack } from 'tar-stream'
import { HeldLink } from './held-link.js'

const subnet = 92
const address = `10.198.${subnet}.1`

describe('registries, with the stock CLI', () => {
  let folder: string
  let daemon: TestDaemon
  let secure: TestRegistry
  let plain: TestRegistry
  let link: HeldLink

  before(async () => {
    folder = await mkdtemp('/tmp/es-registries-')
    process.env['DOCKER_CONFIG'] = join(folder, 'config')
    const certs = join(folder, 'certs.d')
    const flags = ['--registry-certs', certs, '--insecure-registry', `${address}:5002`]
    daemon = await TestDaemon.start({ name: 'reg', subnet, flags })
    await makeCertificates(join(folder, 'made'), address)
    const made = (name: string): string => join(folder, 'made', name)
    const tls = { cert: made('server.crt'), key: made('server.key'), clientCa: made('ca.crt') }
    secure = await TestRegistry.start({ folder: join(folder, 'secure'), address, port: 5443, login: true, tls })
    plain = await TestRegistry.start({ folder: join(folder, 'plain'), address, port: 5001 })
    link = await HeldLink.before({ address, port: 5001 }, 5002)
    await writeFile(join(folder, 'busybox.tar'), await busyboxImage(labImages.busybox))
    await docker(daemon, 'load', '-q', '-i', join(folder, 'busybox.tar'))
    await docker(daemon, 'swarm', 'init', '--advertise-addr', '127.0.0.1')
  })

  after(async () => {
    await link[Symbol.asyncDispose]()
    await plain[Symbol.asyncDispose]()
    await secure[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const login = (password: string): Promise<string> =>
    docker(daemon, 'login', '-u', registryLogin.user, '-p', password, secure.place)

  test('a registry with its own authority wants to be known, and a certificate', async () => {
    await assert.rejects(login(registryLogin.password), /x509: certificate signed by unknown authority/)
    const place = join(folder, 'certs.d', secure.place)
    await mkdir(place, { recursive: true })
    await copyFile(join(folder, 'made/ca.crt'), join(place, 'ca.crt'))
    await assert.rejects(login(registryLogin.password), /certificate required|bad certificate|handshake failure/)
    await copyFile(join(folder, 'made/client.crt'), join(place, 'client.cert'))
    await assert.rejects(login(registryLogin.password), /missing key client.key for certificate client.cert/)
    await copyFile(join(folder, 'made/client.key'), join(place, 'client.key'))
    await assert.rejects(login('wrong'), /login attempt to https:\S+\/v2\/ failed with status: 401 Unauthorized/)
    assert.match(await login(registryLogin.password), /Login Succeeded/)
  })

  test('what is pushed with a login is pulled with it, and not without', async () => {
    const name = `${secure.place}/lab/app:1`
    await docker(daemon, 'tag', 'busybox', name)
    assert.match(await docker(daemon, 'push', name), /1: digest: sha256:[0-9a-f]{64} size: \d+/)
    await docker(daemon, 'tag', name, `${secure.place}/lab/other:1`)
    assert.match(await docker(daemon, 'push', `${secure.place}/lab/other:1`), /Mounted from lab\/app/)
    await docker(daemon, 'rmi', name, `${secure.place}/lab/other:1`)
    await docker(daemon, 'logout', secure.place)
    await assert.rejects(docker(daemon, 'pull', name), /no basic auth credentials/)
    await login(registryLogin.password)
    assert.match(await docker(daemon, 'pull', name), /Status: Downloaded newer image/)
    assert.equal(await docker(daemon, 'run', '--rm', name, 'echo', 'there'), 'there')
    await docker(daemon, 'rmi', name)
  })

  test('a service`s tasks pull with the credentials that it was made with, which nobody is told', async () => {
    const name = `${secure.place}/lab/app:1`
    const states = (service: string): Promise<string> =>
      docker(daemon, 'service', 'ps', '--no-trunc', '--format', '{{.CurrentState}} {{.Error}}', service)
    const create = (service: string, ...flags: string[]): Promise<string> =>
      docker(
        daemon,
        'service',
        'create',
        '-d',
        '--stop-grace-period',
        '0s',
        '--name',
        service,
        ...flags,
        name,
        'sleep',
        '1000',
      )
    await create('without', '--restart-condition', 'none', '--no-resolve-image')
    await eventually('a refusal', async () => (await states('without')).includes('No such image'))
    await create('with', '--with-registry-auth')
    await eventually('the task', async () => /^Running/.test(await states('with')))
    const told = await docker(daemon, 'service', 'inspect', 'with')
    assert.doesNotMatch(told, /PullAuth|PullOptions|"?password/i)
    // An update without credentials keeps those that are there.
    await docker(daemon, 'service', 'scale', '-d', 'with=0')
    await eventually('no task', async () => (await docker(daemon, 'ps', '-aq')) === '', 60_000)
    await docker(daemon, 'image', 'prune', '-af')
    await docker(daemon, 'service', 'scale', '-d', 'with=1')
    await eventually('the task', async () => /^Running/m.test(await states('with')))
    await docker(daemon, 'service', 'rm', 'with', 'without')
  })

  test('a registry that is killed in the middle of a layer, and a daemon likewise', async () => {
    const size = 48 << 20
    await plain.putImage('lab/large', '1', await tarOf('large', randomBytes(size)), { Cmd: ['true'] })
    const name = `${link.place}/lab/large:1`
    link.hold(8 << 20)
    const pull = follow(daemon, name)
    await eventually('some of the layer', async () => pull.current() > 0)
    await plain.down('SIGKILL')
    link.open()
    await eventually('a retry', async () => pull.statuses().some((status) => status.startsWith('Retrying in')))
    link.hold(8 << 20)
    const before = pull.current()
    await plain.up()
    await eventually('more of the layer', async () => pull.current() > before)
    await daemon.down('SIGKILL')
    link.open()
    await daemon.up()
    const again = follow(daemon, name)
    await eventually('the image', async () => again.statuses().some((status) => status.includes('Downloaded newer')))
    // It went on where the killed one was.
    assert.ok((again.first() ?? 0) > before, `${again.first()} after ${before}`)
    assert.match(await docker(daemon, 'image', 'inspect', '-f', '{{.Id}}', name), /^sha256:/)
    await docker(daemon, 'rmi', name)
  })
})

async function tarOf(name: string, content: Buffer): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name }, content)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

interface Message {
  status?: string
  error?: string
  progressDetail?: { current?: number }
}

/** A pull, and what it says on its way. */
function follow(
  daemon: TestDaemon,
  name: string,
): { statuses(): string[]; current(): number; first(): number | undefined } {
  const messages: Message[] = []
  const path = `/images/create?fromImage=${encodeURIComponent(name)}`
  const call = request({ socketPath: daemon.socket, path, method: 'POST' }, (answer) => {
    let text = ''
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop() ?? ''
      messages.push(...lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Message))
    })
    answer.on('error', () => {})
  })
  call.on('error', () => {})
  call.end()
  const downloads = (): number[] =>
    messages.filter(({ status }) => status === 'Downloading').map(({ progressDetail }) => progressDetail?.current ?? 0)
  return {
    statuses: () => messages.map(({ status, error }) => status ?? error ?? ''),
    current: () => Math.max(0, ...downloads()),
    first: () => downloads()[0],
  }
}
