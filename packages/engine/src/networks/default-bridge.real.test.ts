import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { DefaultBridge } from './api/default-bridge.js'
import { Agent, idOf, isHost, Lab, outside, runAsHost } from './lab/lab.js'

const defaults = (bridge: DefaultBridge) => ({
  addressPools: [{ base: '10.70.0.0/16', size: 24 }],
  dns: { servers: [], search: [], options: [] },
  bridge,
})
const usual = { ipv6: false, icc: true, masquerade: true, hostBinding: '0.0.0.0' }

if (!isHost) test('the default bridge, on a host of its own', () => void runAsHost(import.meta.filename))
else {
  describe('the default bridge', () => {
    const lab = new Lab()
    after(() => lab[Symbol.asyncDispose]())

    const settings = (name: string) => lab.networks.sandboxes.settings(idOf(name))

    test('is as the options say', async () => {
      await lab.open(
        defaults({
          ...usual,
          bip: '10.44.0.1/24',
          fixedCidr: '10.44.0.128/26',
          ipv6: true,
          icc: false,
          hostBinding: '127.0.0.1',
        }),
      )
      const client = lab.track(Agent.client())
      const host = lab.track(new Agent())
      await client.ask({ do: 'serve', port: 9000, name: 'outside' })
      const one = await lab.run('one', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } })
      await lab.run('two')
      assert.equal(settings('one')?.IPAddress, '10.44.0.128')
      assert.match(settings('one')?.GlobalIPv6Address ?? '', /^fd[0-9a-f:]+::2$/)
      await assert.rejects(one.ask({ do: 'tcp', host: settings('two')?.IPAddress ?? '', port: 80 }))
      assert.deepEqual(settings('one')?.Ports?.['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: '8080' }])
      assert.match(String(await host.ask({ do: 'tcp', host: '127.0.0.1', port: 8080 })), /^one /)
      await assert.rejects(client.ask({ do: 'tcp', host: outside.host, port: 8080 }), /ECONNREFUSED/)
      assert.equal(await one.ask({ do: 'tcp', host: outside.client, port: 9000 }), `outside ${outside.host}`)
      await lab.networks.create({ Name: 'web' }, { name: 'test' })
      const web = await lab.networks.inspect('web', { verbose: false })
      assert.equal(web.IPAM?.Config?.[0]?.Subnet, '10.70.0.0/24')
    })

    test('keeps its addresses while containers are on it, and follows the options after', async () => {
      await lab.close()
      await lab.open(defaults({ ...usual, bip: '10.45.0.1/24' }))
      await lab.networks.sandboxes.adopt(['one'].map(idOf))
      const { IPAM, Options } = await lab.networks.inspect('bridge', { verbose: false })
      assert.equal(IPAM?.Config?.[0]?.Gateway, '10.44.0.1')
      assert.equal(Options?.['com.docker.network.bridge.enable_icc'], 'true')
      await lab.networks.sandboxes.adopt([])
      await lab.close()
      await lab.open(defaults({ ...usual, bip: '10.45.0.1/24' }))
      const { IPAM: next, EnableIPv6 } = await lab.networks.inspect('bridge', { verbose: false })
      assert.deepEqual([next?.Config, EnableIPv6], [[{ Subnet: '10.45.0.0/24', Gateway: '10.45.0.1' }], false])
    })

    test('a range outside of its subnet is refused', async () => {
      await lab.close()
      await assert.rejects(lab.open(defaults({ ...usual, bip: '10.46.0.1/24', fixedCidr: '10.47.0.0/25' })), {
        message: "--fixed-cidr 10.47.0.0/25 is not inside the default bridge's subnet 10.46.0.0/24",
      })
    })
  })
}
