import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { connect, type Client } from '@essaim/client'
import { busyboxImage, docker, eventually, killTree, labImages, TestDaemon, unmountBelow } from '@essaim/testing'

void test('two daemons on one machine, on two hosts, never meet', { timeout: 180_000 }, async () => {
  await using one = await TestDaemon.start({ name: 'one', subnet: 162 })
  await using two = await TestDaemon.start({ name: 'two', subnet: 163 })
  const clients = [connect(one.host), connect(two.host)] as const
  for (const [index, client] of clients.entries()) {
    await load(client)
    await client.swarm.init({ ListenAddr: '0.0.0.0:2377', AdvertiseAddr: '127.0.0.1' })
    await client.services.create({
      Name: 'web',
      TaskTemplate: { ContainerSpec: { Image: 'nginx:latest', Hostname: `host${index}` } },
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8080 }] },
    })
  }
  await docker(one, 'run', '-d', '--name', 'same', '-p', '9090:80', 'nginx')
  await docker(two, 'run', '-d', '--name', 'same', '-p', '9090:80', 'nginx')
  for (const [index, daemon] of [one, two].entries()) {
    await eventually('the service', () => answersAs(daemon, `host${index}`))
    assert.match(await daemon.net.exec('curl', ['-s', '--max-time', '5', 'http://127.0.0.1:9090/']), /Welcome/)
  }

  await one.down('SIGKILL')
  await docker(two, 'rm', '-f', 'same')
  await clients[1].services.remove('web')
  await eventually('an empty second engine', async () => (await docker(two, 'ps', '-aq')) === '')
  assert.equal(await answersAs(one, 'host0'), true, 'the mesh of a killed daemon goes on, whatever the other does')
  await one.up()
  assert.equal(await docker(one, 'ps', '-q', '--filter', 'status=running').then((ids) => ids.split('\n').length), 2)
})

void test('nor do they in one containerd that belongs to somebody else', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp('/tmp/es-shared-')
  const socket = join(folder, 'containerd.sock')
  const places = ['--root', join(folder, 'root'), '--state', join(folder, 'state'), '--address', socket]
  const containerd = spawn('containerd', [...places, '--config', '/dev/null'], { stdio: 'ignore' })
  try {
    await eventually('containerd', () => Promise.resolve(existsSync(socket)), 20_000)
    const flags = ['--containerd', socket]
    await using one = await TestDaemon.start({ name: 'cone', subnet: 165, flags })
    await using two = await TestDaemon.start({ name: 'ctwo', subnet: 166, flags })
    for (const daemon of [one, two]) {
      await load(connect(daemon.host))
      await docker(daemon, 'run', '-d', '--name', 'same', 'nginx')
    }
    await two.down('SIGKILL')
    await two.up()
    for (const daemon of [one, two]) assert.equal(await docker(daemon, 'ps', '--format', '{{.Names}}'), 'same')
    await docker(two, 'rm', '-f', 'same')
    await docker(two, 'image', 'rm', 'nginx')
    assert.match(await docker(one, 'exec', 'same', 'wget', '-q', '-O-', 'http://127.0.0.1/'), /Welcome/)
    await docker(one, 'rm', '-f', 'same')
  } finally {
    const ended = once(containerd, 'exit')
    containerd.kill()
    await ended
    await killTree(folder)
    await unmountBelow(folder)
    await rm(folder, { recursive: true, force: true })
  }
})

async function load(client: Client): Promise<void> {
  const archive = Readable.from(await busyboxImage(labImages.web))
  for await (const message of client.images.load(archive, { quiet: true })) assert.equal(message.error, undefined)
}

async function answersAs(daemon: TestDaemon, hostname: string): Promise<boolean | string> {
  const url = 'http://127.0.0.1:8080/cgi-bin/whoami'
  const page = await daemon.net.exec('curl', ['-s', '--max-time', '2', url]).catch(String)
  return page.includes(`Hostname: ${hostname}`) ? true : page
}
