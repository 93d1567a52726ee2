import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkRecord, SandboxRecord } from '../records.js'
import { difference, noRules, replacement } from './difference.js'
import { hostRules, type MeshPort } from './host.js'
import { hostRules6 } from './host6.js'
import { insideRules } from './inside.js'

const network = (name: string, more: Partial<NetworkRecord> = {}): NetworkRecord => ({
  id: name,
  name,
  created: '',
  driver: 'bridge',
  scope: 'local',
  internal: false,
  attachable: false,
  ingress: false,
  configOnly: false,
  configFrom: '',
  enableIPv6: false,
  ipam: {},
  options: {},
  labels: {},
  bridge: {
    device: `br-${name}`,
    pool: { subnet: '10.1.0.0/24', gateway: '10.1.0.1', reserved: [] },
    mtu: 1500,
    icc: true,
    masquerade: true,
    hostBinding: '0.0.0.0',
    userSubnet: false,
  },
  ...more,
})

const sandbox: SandboxRecord = {
  containerId: 'c',
  name: 'c',
  hostname: 'c',
  id: 's',
  mode: 'own',
  endpoints: [
    {
      id: 'e',
      networkId: 'web',
      networkName: 'web',
      settings: {},
      hidden: false,
      link: { device: 'v', name: 'eth0', address: '10.1.0.2', prefix: 24, mac: '', gateway: '10.1.0.1' },
    },
  ],
  gatewayEndpoint: 'e',
  ports: [
    { protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 80, containerPort: 8080 },
    { protocol: 'tcp', hostIp: '::', hostPort: 80, containerPort: 8080 },
    { protocol: 'udp', hostIp: '127.0.0.1', hostPort: 53, containerPort: 53 },
  ],
  wishes: [],
  exposed: [],
  dns: { servers: [], search: [], options: [] },
  extraHosts: [],
}

const mesh: MeshPort = {
  protocol: 'tcp',
  publishedPort: 90,
  targetPort: 9,
  addresses: ['10.0.0.3', '10.0.0.4'],
  coming: true,
  generation: 3,
}

test('every kind of network is in the sets that say what may pass', () => {
  const rules = hostRules(
    [
      network('web'),
      network('inner', { internal: true }),
      network('back', { driver: 'overlay' }),
      network('ingress', { driver: 'overlay', ingress: true }),
    ],
    [],
    [],
  )
  const keys = (set: string): string[] => [...(rules.elements.get(set)?.keys() ?? [])]
  assert.deepEqual(keys('bridges'), ['"br-web"', '"br-inner"', '"br-back"', '"br-ingress"', '"vx-ingress"'])
  assert.deepEqual(keys('natting'), ['"br-web"', '"br-ingress"'])
  assert.deepEqual(keys('closed'), ['"br-inner"', '"br-back"'])
})

test('published ports are elements, of the table of their family', () => {
  const { elements } = hostRules([network('web')], [sandbox], [])
  assert.deepEqual([...(elements.get('published') ?? [])], [['tcp . 80', '10.1.0.2 . 8080']])
  assert.deepEqual([...(elements.get('published_at') ?? [])], [['127.0.0.1 . udp . 53', '10.1.0.2 . 53']])
  assert.deepEqual([...(elements.get('udp_zones')?.keys() ?? [])], ['53'])
  assert.deepEqual(hostRules6([network('web')], [sandbox]).elements.get('published')?.size, 0)
  const web = network('web')
  const pool6 = { subnet: 'fd00::/64', gateway: 'fd00::1', reserved: [] }
  const dual = { ...web, ...(web.bridge && { bridge: { ...web.bridge, pool6 } }) }
  const endpoints = sandbox.endpoints.map((one) => ({
    ...one,
    ...(one.link && { link: { ...one.link, ipv6: { address: 'fd00::2', prefix: 64, gateway: 'fd00::1' } } }),
  }))
  const six = hostRules6([dual], [{ ...sandbox, endpoints, gatewayEndpoint6: 'e' }])
  assert.deepEqual([...(six.elements.get('published') ?? [])], [['tcp . 80', 'fd00::2 . 8080']])
  assert.deepEqual([...(six.elements.get('natting')?.keys() ?? [])], ['"br-web"'])
  assert.equal(
    difference(noRules, six).every((line) => line.includes('ip6 essaim')),
    true,
  )
})

test('a difference names only what changed, in an order that nftables takes', () => {
  const before = hostRules([network('web')], [sandbox], [mesh])
  assert.deepEqual(difference(before, before), [])
  const moved = hostRules([network('web')], [sandbox], [{ ...mesh, addresses: ['10.0.0.4'] }])
  assert.deepEqual(difference(before, moved), [
    'flush chain ip essaim mesh_tcp_90',
    'add rule ip essaim mesh_tcp_90 meta l4proto tcp dnat ip to numgen inc mod 1 map { 0 : 10.0.0.4 . 9 }',
  ])
  const gone = difference(before, hostRules([network('web')], [], []))
  assert.ok(gone.indexOf('delete element ip essaim mesh { tcp . 90 : goto mesh_tcp_90 }') >= 0)
  assert.ok(
    gone.indexOf('delete element ip essaim mesh { tcp . 90 : goto mesh_tcp_90 }') <
      gone.indexOf('delete chain ip essaim mesh_tcp_90'),
  )
  assert.ok(replacement(before).length > difference(noRules, before).length)
})

test('inside a container: names, services, and an anchor that keeps conntrack on', () => {
  assert.equal(insideRules({ dns: undefined, services: [] }), '')
  const service = { id: 'a', vip: '10.0.1.2', addresses: ['10.0.1.3'], coming: true, generation: 3 }
  const text = insideRules({
    dns: '10.0.1.1',
    services: [service, { ...service, id: 'b', addresses: [], coming: false }],
  })
  assert.match(text, /essaim_anchor/)
  assert.match(text, /ip daddr 127\.0\.0\.11 meta l4proto \{ tcp, udp \} th dport 53 dnat to 10\.0\.1\.1:17953/)
  assert.match(text, /add rule ip essaim s_a dnat to numgen inc mod 1 map \{ 0 : 10\.0\.1\.3 \}/)
  assert.match(text, /add rule ip essaim s_b reject/)
})
