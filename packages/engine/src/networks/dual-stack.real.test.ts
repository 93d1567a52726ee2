import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { EndpointSettings } from '@essaim/api-types'
import { Agent, idOf, isHost, Lab, outside, requestOf, runAsHost } from './lab/lab.js'

const caller = { name: 'test' }

if (!isHost) test('networks of both families, on a host of their own', () => void runAsHost(import.meta.filename))
else {
  describe('networks of both families', () => {
    const lab = new Lab()
    let client: Agent
    let host: Agent
    let server: Agent
    let near: Agent

    before(async () => {
      await lab.open()
      client = lab.track(Agent.client())
      host = lab.track(new Agent())
      await client.ask({ do: 'serve', port: 9000, name: 'outside', host: '::' })
      const config = [{ Subnet: '10.61.0.0/24' }, { Subnet: 'fd61::/64', Gateway: 'fd61::1' }]
      await lab.networks.create({ Name: 'dual', EnableIPv6: true, IPAM: { Config: config } }, caller)
      await lab.networks.create({ Name: 'chosen', EnableIPv6: true }, caller)
      await lab.networks.create({ Name: 'inner', EnableIPv6: true, Internal: true }, caller)
      await lab.networks.create({ Name: 'plain' }, caller)
      server = await lab.run('server', {
        networkMode: 'dual',
        portBindings: {
          '80/tcp': [{ HostPort: '8080' }, { HostIp: outside.host6, HostPort: '8081' }],
          '80/udp': [{ HostPort: '8080' }],
        },
      })
      near = await lab.run('near', { networkMode: 'dual' })
    })

    after(() => lab[Symbol.asyncDispose]())

    const of = (name: string, network: string): EndpointSettings =>
      lab.networks.sandboxes.settings(idOf(name))?.Networks?.[network] ?? {}
    const tcp = (agent: Agent, address: string, port: number): Promise<unknown> =>
      agent.ask({ do: 'tcp', host: address, port })

    test('addresses, gateway and names of both families', async () => {
      const { GlobalIPv6Address, GlobalIPv6PrefixLen, IPv6Gateway, IPAddress } = of('near', 'dual')
      assert.deepEqual(
        [GlobalIPv6Address, GlobalIPv6PrefixLen, IPv6Gateway, IPAddress],
        ['fd61::3', 64, 'fd61::1', '10.61.0.3'],
      )
      assert.deepEqual(await near.ask({ do: 'resolve', name: 'server', type: 'AAAA' }), ['fd61::2'])
      assert.deepEqual(await near.ask({ do: 'resolve', name: 'server', type: 'A' }), ['10.61.0.2'])
      assert.deepEqual(await near.ask({ do: 'resolve', name: 'fd61::2', type: 'PTR' }), ['server.dual'])
      const { Containers = {}, IPAM } = await lab.networks.inspect('dual', { verbose: false })
      assert.equal(Containers[idOf('near')]?.IPv6Address, 'fd61::3/64')
      assert.deepEqual(IPAM?.Config, [{ Subnet: '10.61.0.0/24' }, { Subnet: 'fd61::/64', Gateway: 'fd61::1' }])
      const chosen = await lab.networks.inspect('chosen', { verbose: false })
      assert.match(chosen.IPAM?.Config?.[1]?.Subnet ?? '', /^fd[0-9a-f]{2}:[0-9a-f:]+::\/64$/)
      assert.equal(chosen.EnableIPv6, true)
    })

    test('a published port keeps the client’s address in IPv6 too, over TCP and UDP', async () => {
      const seen = `server ${outside.client6}`
      assert.equal(await tcp(client, outside.host6, 8080), seen)
      assert.equal(await tcp(client, outside.host6, 8081), seen)
      assert.equal(await client.ask({ do: 'udp', host: outside.host6, port: 8080 }), seen)
      assert.equal(await tcp(client, outside.host, 8080), `server ${outside.client}`)
      assert.match(String(await tcp(host, '::1', 8080)), /^server /)
      assert.match(String(await tcp(host, outside.host6, 8080)), /^server /)
      // From itself, from its own bridge and from another.
      const far = await lab.run('far', { networkMode: 'chosen' })
      for (const agent of [server, near, far]) assert.match(String(await tcp(agent, outside.host6, 8080)), /^server /)
    })

    test('the way out is the host’s address; networks are kept apart; an internal one stays inside', async () => {
      assert.equal(await tcp(near, outside.client6, 9000), `outside ${outside.host6}`)
      const other = await lab.run('other', { networkMode: 'chosen' })
      await assert.rejects(tcp(other, 'fd61::2', 80), /timeout/)
      await assert.rejects(tcp(client, 'fd61::2', 80))
      const inner = await lab.run('inner1', { networkMode: 'inner' })
      await lab.run('inner2', { networkMode: 'inner' })
      assert.match(String(await tcp(inner, of('inner2', 'inner').GlobalIPv6Address ?? '', 80)), /^inner2 /)
      await assert.rejects(tcp(inner, outside.client6, 9000), /ENETUNREACH/)
      await assert.rejects(tcp(inner, of('inner1', 'inner').IPv6Gateway || 'fd61::1', 8080))
    })

    test('an address that was asked for, a taken one, one from elsewhere', async () => {
      const at = (IPv6Address: string) => ({
        networkMode: 'dual',
        endpoints: { dual: { IPAMConfig: { IPv6Address, LinkLocalIPs: ['169.254.7.7'] } } },
      })
      await lab.run('fixed', at('FD61::00aa'))
      assert.equal(of('fixed', 'dual').GlobalIPv6Address, 'fd61::aa')
      const { sandboxes } = lab.networks
      await assert.rejects(sandboxes.open(requestOf('no', at('fd61::aa'))), { message: 'Address already in use' })
      await assert.rejects(sandboxes.open(requestOf('no', at('fd62::aa'))), {
        message: "Invalid address fd62::aa: It does not belong to any of this network's subnets",
      })
      await assert.rejects(
        sandboxes.open(
          requestOf('no', {
            ...at('fd62::aa'),
            networkMode: 'plain',
            endpoints: { plain: at('fd62::aa').endpoints.dual },
          }),
        ),
        /only when connecting to networks with user configured subnets/,
      )
    })

    test('a live connection brings IPv6 to a container that had none, and takes it away', async () => {
      const mover = await lab.run('mover', { networkMode: 'plain' })
      await assert.rejects(tcp(mover, 'fd61::2', 80))
      await lab.networks.sandboxes.connect(idOf('mover'), 'dual', {})
      assert.match(String(await tcp(mover, 'fd61::2', 80)), /^server /)
      await lab.networks.sandboxes.disconnect(idOf('mover'), 'dual')
      await assert.rejects(tcp(mover, 'fd61::2', 80))
    })

    test('a network without one port to translate is reached by the container’s address, published ports only', async () => {
      const mode = 'com.docker.network.bridge.gateway_mode_ipv'
      await lab.networks.create(
        {
          Name: 'routed',
          EnableIPv6: true,
          Options: { [`${mode}4`]: 'routed', [`${mode}6`]: 'routed' },
          IPAM: { Config: [{ Subnet: '10.62.0.0/24' }, { Subnet: 'fd62::/64' }] },
        },
        caller,
      )
      const published = { '80/tcp': [{ HostPort: '8099' }] }
      const routed = await lab.run('routed', { networkMode: 'routed', portBindings: published })
      await routed.ask({ do: 'serve', port: 81, name: 'closed', host: '::' })
      await client.route('fd62::/64', outside.host6)
      await client.route('10.62.0.0/24', outside.host)
      assert.equal(await tcp(client, 'fd62::2', 80), `routed ${outside.client6}`)
      assert.equal(await tcp(client, '10.62.0.2', 80), `routed ${outside.client}`)
      await assert.rejects(tcp(client, 'fd62::2', 81), /timeout/)
      await assert.rejects(tcp(client, outside.host, 8099), /ECONNREFUSED/)
      assert.equal(await tcp(routed, outside.client6, 9000), 'outside fd62::2')
    })

    test('all of it outlives the process, and goes with the containers', async () => {
      await lab.close()
      assert.equal(await tcp(client, outside.host6, 8080), `server ${outside.client6}`)
      await lab.open()
      await lab.networks.sandboxes.adopt(['server', 'near'].map(idOf))
      assert.equal(await tcp(client, outside.host6, 8080), `server ${outside.client6}`)
      await lab.networks.sandboxes.adopt([])
      await assert.rejects(tcp(client, outside.host6, 8080))
      assert.equal(readFileSync('/proc/sys/net/ipv6/conf/all/forwarding', 'utf8').trim(), '1')
      for (const name of ['dual', 'chosen', 'inner', 'plain', 'routed']) await lab.networks.remove(name, caller)
    })
  })
}
