import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Agent, idOf, isHost, Lab, outside, requestOf, runAsHost } from './lab/lab.js'

const caller = { name: 'test' }

if (!isHost) test('networks, on a host of their own', () => void runAsHost(import.meta.filename))
else {
  describe('networks of one host', () => {
    const lab = new Lab()
    let client: Agent
    let host: Agent

    before(async () => {
      await lab.open()
      client = lab.track(Agent.client())
      host = lab.track(new Agent())
      await lab.networks.create({ Name: 'web' }, caller)
      await lab.networks.create({ Name: 'other' }, caller)
      await lab.networks.create({ Name: 'inner', Internal: true }, caller)
    })

    after(() => lab[Symbol.asyncDispose]())

    test('a published port is reached from outside with the client’s address, from the host and from containers', async () => {
      await client.ask({ do: 'serve', port: 9000, name: 'outside' })
      const server = await lab.run('server', {
        networkMode: 'web',
        portBindings: {
          '80/tcp': [{ HostPort: '8080' }, { HostIp: '127.0.0.1', HostPort: '8081' }],
          '80/udp': [{ HostPort: '8080' }],
        },
      })
      const near = await lab.run('near', { networkMode: 'web' })
      const far = await lab.run('far', { networkMode: 'other' })
      const seen = `server ${outside.client}`
      assert.equal(await client.ask({ do: 'tcp', host: outside.host, port: 8080 }), seen)
      assert.equal(await client.ask({ do: 'udp', host: outside.host, port: 8080 }), seen)
      await assert.rejects(client.ask({ do: 'tcp', host: outside.host, port: 8081 }), /ECONNREFUSED/)
      for (const address of ['127.0.0.1', outside.host]) {
        assert.match(String(await host.ask({ do: 'tcp', host: address, port: 8080 })), /^server /)
        assert.match(String(await host.ask({ do: 'udp', host: address, port: 8080 })), /^server /)
      }
      assert.match(String(await host.ask({ do: 'tcp', host: '127.0.0.1', port: 8081 })), /^server /)
      assert.match(String(await host.ask({ do: 'tcp', host: '::1', port: 8080 })), /^server /)
      for (const container of [server, near, far]) {
        assert.match(String(await container.ask({ do: 'tcp', host: outside.host, port: 8080 })), /^server /)
      }
      assert.equal(await far.ask({ do: 'tcp', host: outside.client, port: 9000 }), `outside ${outside.host}`)
    })

    test('networks are kept apart; an internal one has no way out', async () => {
      const address = lab.networks.sandboxes.settings(idOf('server'))?.Networks?.['web']?.IPAddress ?? ''
      const far = await lab.run('apart', { networkMode: 'other' })
      await assert.rejects(far.ask({ do: 'tcp', host: address, port: 80 }), /timeout/)
      const inner = await lab.run('inner1', { networkMode: 'inner' })
      await lab.run('inner2', { networkMode: 'inner' })
      await assert.rejects(inner.ask({ do: 'tcp', host: outside.client, port: 9000 }), /ENETUNREACH/)
      assert.deepEqual(await inner.ask({ do: 'resolve', name: 'inner2', type: 'A' }), [addressOf('inner2', 'inner')])
      assert.match(String(await inner.ask({ do: 'tcp', host: addressOf('inner2', 'inner'), port: 80 })), /^inner2 /)
      await assert.rejects(inner.ask({ do: 'tcp', host: gatewayOf('inner1', 'inner'), port: 8080 }), /timeout/)
    })

    test('names: container, alias, short id, network; reverse; no IPv6; unknown', async () => {
      const asker = await lab.run('asker', { networkMode: 'web', endpoints: { web: { Links: ['server:db'] } } })
      await lab.run('named', { networkMode: 'web', endpoints: { web: { Aliases: ['nick'] } } })
      const address = addressOf('named', 'web')
      for (const name of ['named', 'NICK', idOf('named').slice(0, 12), 'named.web']) {
        assert.deepEqual(await asker.ask({ do: 'resolve', name, type: 'A' }), [address], name)
      }
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'db', type: 'A' }), [addressOf('server', 'web')])
      assert.deepEqual(await asker.ask({ do: 'resolve', name: address, type: 'PTR' }), ['named.web'])
      await assert.rejects(asker.ask({ do: 'resolve', name: 'named', type: 'AAAA' }), /ENODATA/)
      await assert.rejects(asker.ask({ do: 'resolve', name: 'far', type: 'A' }))
      await lab.networks.sandboxes.rename(idOf('named'), 'renamed')
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'renamed', type: 'A' }), [address])
    })

    test('live connect and disconnect', async () => {
      const mover = await lab.run('mover', { networkMode: 'other' })
      await assert.rejects(mover.ask({ do: 'resolve', name: 'server', type: 'A' }))
      await lab.networks.sandboxes.connect(idOf('mover'), 'web', { Aliases: ['moved'] })
      assert.deepEqual(await mover.ask({ do: 'resolve', name: 'server', type: 'A' }), [addressOf('server', 'web')])
      assert.match(String(await mover.ask({ do: 'tcp', host: addressOf('server', 'web'), port: 80 })), /^server /)
      await assert.rejects(lab.networks.sandboxes.connect(idOf('mover'), 'web', {}), {
        message: 'endpoint with name mover already exists in network web',
      })
      await lab.networks.sandboxes.disconnect(idOf('mover'), 'web')
      await assert.rejects(mover.ask({ do: 'tcp', host: addressOf('server', 'web'), port: 80 }), /timeout/)
      assert.deepEqual(Object.keys(lab.networks.sandboxes.settings(idOf('mover'))?.Networks ?? {}), ['other'])
      assert.match(String(await mover.ask({ do: 'tcp', host: outside.client, port: 9000 })), /^outside /)
    })

    test('ports taken by a container or by a program are refused in Docker’s words', async () => {
      const { sandboxes } = lab.networks
      const port = (HostPort: string) => ({ portBindings: { '80/tcp': [{ HostPort }] } })
      const where = /^driver failed programming external connectivity on endpoint clash \([0-9a-f]{64}\): /
      await assert.rejects(sandboxes.open(requestOf('clash', port('8080'))), (error: Error) => {
        assert.match(error.message, where)
        assert.match(error.message, /: Bind for 0\.0\.0\.0:8080 failed: port is already allocated$/)
        return true
      })
      const program = createServer()
      await new Promise<void>((resolve) => program.listen(8090, '0.0.0.0', () => resolve()))
      await assert.rejects(
        sandboxes.open(requestOf('clash', port('8090'))),
        /: Error starting userland proxy: listen tcp4 0\.0\.0\.0:8090: bind: address already in use$/,
      )
      const { settings } = await sandboxes.open(requestOf('clash', port('8090-8091')))
      assert.equal(settings.Ports?.['80/tcp']?.[0]?.HostPort, '8091')
      await new Promise((resolve) => program.close(resolve))
      await sandboxes.close(idOf('clash'))
    })

    test('ports, names and connections outlive the process that made them', async () => {
      await client.ask({ do: 'hold', host: outside.host, port: 8080 })
      await lab.close()
      assert.equal(await client.ask({ do: 'tcp', host: outside.host, port: 8080 }), `server ${outside.client}`)
      await lab.open()
      const running = ['server', 'near', 'far', 'apart', 'inner1', 'inner2', 'asker', 'named', 'mover']
      await lab.networks.sandboxes.adopt(running.map(idOf))
      assert.equal(await client.ask({ do: 'use' }), `server ${outside.client}`)
      assert.equal(await client.ask({ do: 'tcp', host: outside.host, port: 8080 }), `server ${outside.client}`)
      await assert.rejects(
        lab.networks.sandboxes.open(requestOf('clash', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } })),
      )
      await lab.networks.sandboxes.close(idOf('clash'))
    })

    test('a ruleset that somebody flushed comes back with the next change', async () => {
      execFileSync('nft', ['flush', 'ruleset'])
      await lab.networks.create({ Name: 'after' }, caller)
      await lab.networks.remove('after', caller)
      assert.equal(await client.ask({ do: 'tcp', host: outside.host, port: 8080 }), `server ${outside.client}`)
    })

    test('200 openings with aborts in between leave nothing', async () => {
      const { sandboxes } = lab.networks
      await lab.endAgents()
      await Promise.all(
        ['server', 'near', 'far', 'apart', 'inner1', 'inner2', 'asker', 'named', 'mover'].map((name) =>
          sandboxes.close(idOf(name)),
        ),
      )
      for (let round = 0; round < 25; round++) {
        const names = Array.from({ length: 8 }, (_, index) => `load${index}`)
        const bad = { '80/tcp': [{ HostPort: '8500' }], '81/tcp': [{ HostIp: '203.0.113.9', HostPort: '8600' }] }
        const opened = await Promise.allSettled(
          names.map((name, index) =>
            sandboxes.open(
              requestOf(name, {
                networkMode: 'web',
                portBindings: index % 4 === 3 ? bad : {},
                publishAllPorts: true,
                exposedPorts: ['80/tcp', '53/udp'],
              }),
            ),
          ),
        )
        assert.equal(opened.filter((one) => one.status === 'rejected').length, 2)
        await Promise.all(names.map((name) => sandboxes.close(idOf(name))))
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
      assert.deepEqual(readdirSync(join(lab.root, 'exec', 'netns')), [])
      assert.deepEqual(readdirSync(join(lab.root, 'data', 'networks')), [])
      assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(lab.root))
      assert.doesNotMatch(execFileSync('ip', ['link', 'show'], { encoding: 'utf8' }), /veth[0-9a-f]/)
      for (const map of ['published', 'published_at']) {
        const text = execFileSync('nft', ['list', 'map', 'ip', 'essaim', map], { encoding: 'utf8' })
        assert.doesNotMatch(text, /elements/)
      }
      for (const name of ['web', 'other', 'inner']) await lab.networks.remove(name, caller)
      assert.doesNotMatch(execFileSync('ip', ['link', 'show'], { encoding: 'utf8' }), /br-/)
    })

    const addressOf = (name: string, network: string): string =>
      lab.networks.sandboxes.settings(idOf(name))?.Networks?.[network]?.IPAddress ?? ''
    const gatewayOf = (name: string, network: string): string =>
      lab.networks.sandboxes.settings(idOf(name))?.Networks?.[network]?.Gateway ?? ''
  })
}
