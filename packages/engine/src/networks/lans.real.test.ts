import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import type { EndpointSettings, NetworkCreateRequest } from '@essaim/api-types'
import { Agent, idOf, isHost, Lab, outside, runAsHost } from './lab/lab.js'

const caller = { name: 'test' }
const macvlan = (Name: string, more: NetworkCreateRequest = {}): NetworkCreateRequest => ({
  Name,
  Driver: 'macvlan',
  Options: { parent: 'wire' },
  IPAM: { Config: [{ Subnet: '10.209.0.0/24', Gateway: outside.client, IPRange: '10.209.0.64/27' }] },
  ...more,
})

/** Not every kernel has both. */
function kernelHas(...type: string[]): boolean {
  try {
    execFileSync('ip', ['link', 'add', 'link', 'wire', 'name', 'essaim-test', 'type', ...type], { stdio: 'pipe' })
    execFileSync('ip', ['link', 'del', 'essaim-test'])
    return true
  } catch {
    return false
  }
}

if (!isHost)
  test('networks upon the host’s interfaces, on a host of their own', () => void runAsHost(import.meta.filename))
else {
  describe('networks upon the host’s interfaces', () => {
    const lab = new Lab()
    let client: Agent

    before(async () => {
      await lab.open()
      client = lab.track(Agent.client())
      await client.ask({ do: 'serve', port: 9000, name: 'outside' })
      await lab.networks.create({ Name: 'web' }, caller)
    })

    after(() => lab[Symbol.asyncDispose]())

    const of = (name: string, network: string): EndpointSettings =>
      lab.networks.sandboxes.settings(idOf(name))?.Networks?.[network] ?? {}
    const tcp = (agent: Agent, address: string, port: number): Promise<unknown> =>
      agent.ask({ do: 'tcp', host: address, port })
    const links = (): string => execFileSync('ip', ['link', 'show'], { encoding: 'utf8' })

    test('a container stands on the host’s own network, with an address and a hardware address of its own', async () => {
      await lab.networks.create(macvlan('lan'), caller)
      const one = await lab.run('one', { networkMode: 'lan', portBindings: { '80/tcp': [{ HostPort: '8080' }] } })
      const two = await lab.run('two', { networkMode: 'lan' })
      assert.equal(of('one', 'lan').IPAddress, '10.209.0.64')
      assert.equal(await tcp(client, '10.209.0.64', 80), `one ${outside.client}`)
      assert.equal(await tcp(one, outside.client, 9000), 'outside 10.209.0.64')
      assert.match(String(await tcp(two, '10.209.0.64', 80)), /^one 10\.209\.0\.65$/)
      assert.match(
        execFileSync('ip', ['-n', process.env['ESSAIM_NETWORK_LAB'] ?? '', 'neigh'], { encoding: 'utf8' }),
        /02:42:0a:d1:00:40/,
      )
      // The host itself does not reach it, nor does a port of the host.
      await assert.rejects(tcp(client, outside.host, 8080), /ECONNREFUSED/)
      assert.deepEqual(lab.networks.sandboxes.settings(idOf('one'))?.Ports, {})
      await assert.rejects(lab.networks.remove('lan', caller), /has active endpoints/)
    })

    test('names are answered there too, and nothing else is', async () => {
      const asker = await lab.run('asker', { networkMode: 'lan', endpoints: { lan: { Links: ['one:nick'] } } })
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'one', type: 'A' }), ['10.209.0.64'])
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'nick', type: 'A' }), ['10.209.0.64'])
      await assert.rejects(asker.ask({ do: 'resolve', name: 'nobody', type: 'A' }))
      const host = lab.track(new Agent())
      await host.ask({ do: 'serve', port: 7000, name: 'host' })
      await assert.rejects(tcp(asker, '169.254.48.1', 7000), /timeout/)
      assert.deepEqual(
        new Set((await lab.networks.list({})).map(({ Name }) => Name)),
        new Set(['bridge', 'host', 'lan', 'none', 'web']),
      )
      assert.deepEqual(Object.keys(lab.networks.sandboxes.settings(idOf('asker'))?.Networks ?? {}), ['lan'])
      assert.equal(lab.networks.find('essaim-names'), undefined)
    })

    test('live connect and disconnect, beside a bridge', async () => {
      const mover = await lab.run('mover', { networkMode: 'web' })
      await lab.networks.sandboxes.connect(idOf('mover'), 'lan', { IPAMConfig: { IPv4Address: '10.209.0.90' } })
      assert.equal(await tcp(client, '10.209.0.90', 80), `mover ${outside.client}`)
      assert.deepEqual(await mover.ask({ do: 'resolve', name: 'one', type: 'A' }), ['10.209.0.64'])
      await lab.networks.sandboxes.disconnect(idOf('mover'), 'lan')
      await assert.rejects(tcp(client, '10.209.0.90', 80))
      assert.equal(await tcp(mover, outside.client, 9000), `outside ${outside.host}`)
    })

    test('with no parent, or inside, there is no way out', async () => {
      await lab.networks.create({ Name: 'alone', Driver: 'macvlan' }, caller)
      const { Options } = await lab.networks.inspect('alone', { verbose: false })
      assert.match(Options?.['parent'] ?? '', /^dm-[0-9a-f]{12}$/)
      const here = await lab.run('here', { networkMode: 'alone' })
      await lab.run('there', { networkMode: 'alone' })
      assert.match(String(await tcp(here, of('there', 'alone').IPAddress ?? '', 80)), /^there /)
      await assert.rejects(tcp(here, outside.client, 9000), /ENETUNREACH/)
      await lab.networks.create(
        macvlan('inner', { Internal: true, IPAM: { Config: [{ Subnet: '10.208.0.0/24' }] } }),
        caller,
      )
      const inner = await lab.run('inner', { networkMode: 'inner' })
      await assert.rejects(tcp(inner, '10.1.1.1', 80), /ENETUNREACH/)
    })

    test('what is wrong is refused in Docker’s words, and leaves nothing', async () => {
      const before = links()
      const refused: [NetworkCreateRequest, RegExp][] = [
        [{ Options: { parent: 'lo' } }, /^loopback interface is not a valid macvlan parent link$/],
        [
          { Options: { parent: 'nosuch0' } },
          /^invalid subinterface vlan name nosuch0, example formatting is eth0\.10$/,
        ],
        [
          { Options: { parent: 'wire.foo' } },
          /^unable to parse a valid vlan id from: foo \(ex\. eth0\.10 for vlan 10\)$/,
        ],
        [{ Options: { parent: 'wire.5000' } }, /^vlan id must be between 1-4094, received: 5000$/],
        [{ Options: { parent: 'nosuch0.7' } }, /^failed to find master interface nosuch0 on the Docker host/],
        [
          { Options: { macvlan_mode: 'x' } },
          /^requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default$/,
        ],
        [{ Driver: 'ipvlan', Options: { ipvlan_mode: 'l4' } }, /^requested ipvlan mode 'l4' is not valid, 'l2' mode/],
        [
          { Options: { parent: 'wire', macvlan_mode: 'passthru' } },
          /^network dm-[0-9a-f]{12} is already using parent interface wire$/,
        ],
        [{ Driver: 'ipvlan', Options: { parent: 'wire' } }, /is already using parent interface wire$/],
      ]
      for (const [request, message] of refused) {
        const more = { IPAM: { Config: [{ Subnet: '10.207.0.0/24' }] }, ...request }
        await assert.rejects(lab.networks.create(macvlan('bad', more), caller), { message })
      }
      assert.equal(links(), before)
    })

    test('a sub-interface and ipvlan: for real where the kernel has them, refused by name where not', async () => {
      const vlan = macvlan('vlan', { Options: { parent: 'wire.10' }, IPAM: { Config: [{ Subnet: '10.206.0.0/24' }] } })
      if (kernelHas('vlan', 'id', '10')) {
        await lab.networks.create(vlan, caller)
        assert.match(links(), /wire\.10@wire/)
        await lab.networks.remove('vlan', caller)
      } else {
        await assert.rejects(lab.networks.create(vlan, caller), /operation not supported: .* no VLAN \(module 8021q\)/)
      }
      assert.doesNotMatch(links(), /wire\.10/)
      const upon = { Name: 'ipvlan', Driver: 'ipvlan', IPAM: { Config: [{ Subnet: '10.205.0.0/24' }] } }
      if (kernelHas('ipvlan')) {
        await lab.networks.create(upon, caller)
        const first = await lab.run('first', { networkMode: 'ipvlan' })
        await lab.run('second', { networkMode: 'ipvlan' })
        assert.match(String(await tcp(first, of('second', 'ipvlan').IPAddress ?? '', 80)), /^second /)
        await lab.networks.sandboxes.close(idOf('first'))
        await lab.networks.sandboxes.close(idOf('second'))
        await lab.networks.remove('ipvlan', caller)
      } else {
        await assert.rejects(lab.networks.create(upon, caller), /operation not supported: .* no ipvlan interfaces/)
      }
      assert.equal(lab.networks.find('ipvlan'), undefined)
      assert.equal(lab.networks.find('vlan'), undefined)
    })

    test('it outlives the process, and all of it goes', async () => {
      await lab.close()
      assert.equal(await tcp(client, '10.209.0.64', 80), `one ${outside.client}`)
      await lab.open()
      await lab.networks.sandboxes.adopt(['one', 'two'].map(idOf))
      assert.equal(await tcp(client, '10.209.0.64', 80), `one ${outside.client}`)
      await lab.networks.sandboxes.adopt([])
      for (const name of ['lan', 'alone', 'inner', 'web']) await lab.networks.remove(name, caller)
      assert.doesNotMatch(links(), /dm-|dp-|essaim-names|macvlan|br-/)
    })
  })
}
