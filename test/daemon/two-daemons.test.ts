import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { connect, type Client } from '@essaim/client'
import { busyboxImage, docker, eventually, labImages, TestDaemon } from '@essaim/testing'

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

async function load(client: Client): Promise<void> {
  const archive = Readable.from(await busyboxImage(labImages.web))
  for await (const message of client.images.load(archive, { quiet: true })) assert.equal(message.error, undefined)
}

async function answersAs(daemon: TestDaemon, hostname: string): Promise<boolean | string> {
  const url = 'http://127.0.0.1:8080/cgi-bin/whoami'
  const page = await daemon.net.exec('curl', ['-s', '--max-time', '2', url]).catch(String)
  return page.includes(`Hostname: ${hostname}`) ? true : page
}
