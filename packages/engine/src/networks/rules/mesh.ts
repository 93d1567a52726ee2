import type { MeshNode } from '@essaim/protocol'
import { cardOf, markOf } from '../cluster/mesh-numbers.js'
import { chain, type HostRules } from './host.js'

const table = 'ip essaim_mesh'

/** Where the mesh crosses from host to host. */
export interface Crossing {
  /** Its VXLAN device, and the bridge with the tasks. */
  tunnel: string
  bridge: string
  /** This node's data path address. */
  own: string
  peers: MeshNode[]
  /** Tasks on other nodes: the node's address, and the task's. */
  remote: { node: string; task: string }[]
}

/**
 * On the way from host to host a packet keeps its client's address. The task's host marks the connection by the card of
 * the host that it came from, and sends the answers back there: only that host can turn its own port into the address
 * that the client asked. A zone for each keeps a client apart that comes with one port through several hosts.
 */
const skeleton: string[] = [
  `add table ${table}`,
  `delete table ${table}`,
  `add table ${table}`,
  `add set ${table} tunnels { type ifname; }`,
  `add set ${table} tasks { type ifname; }`,
  `add map ${table} own { type ifname : ipv4_addr; }`,
  `add map ${table} marks { type ether_addr : mark; }`,
  `add map ${table} zones { typeof ether saddr : ct zone; }`,
  `add set ${table} home { type ipv4_addr . ipv4_addr; }`,
  ...chain(table, 'zoning', 'type filter hook prerouting priority -300', [
    'iifname @tunnels ct original zone set ether saddr map @zones',
  ]),
  ...chain(table, 'marking', 'type filter hook prerouting priority -150', [
    'iifname @tunnels ct state new ct mark set ether saddr map @marks',
    'iifname @tasks ct direction reply ct mark != 0 meta mark set ct mark',
    'iifname @tunnels ct state new fib daddr type local drop',
  ]),
  ...chain(table, 'forward', 'type filter hook forward priority -10', [
    'iifname @tunnels ct state new oifname != @tasks drop',
  ]),
  ...chain(table, 'postrouting', 'type nat hook postrouting priority 99', [
    // A node that comes to its own task through another host would take its own address from outside for a forgery.
    'oifname @tunnels ip saddr . ip daddr @home snat ip to oifname map @own',
    'oifname @tunnels fib saddr type local snat ip to oifname map @own',
  ]),
]

export function meshRules(crossings: Crossing[]): HostRules {
  const sets = ['tunnels', 'tasks', 'own', 'marks', 'zones', 'home']
  const elements = new Map<string, Map<string, string | undefined>>(sets.map((name) => [name, new Map()]))
  const put = (set: string, key: string, value?: string): void => {
    elements.get(set)?.set(key, value)
  }
  for (const { tunnel, bridge, own, peers, remote } of crossings) {
    put('tunnels', `"${tunnel}"`)
    put('tasks', `"${bridge}"`)
    put('own', `"${tunnel}"`, own)
    for (const { number } of peers) {
      put('marks', cardOf(number), markOf(number))
      put('zones', cardOf(number), String(number))
    }
    for (const { node, task } of remote) put('home', `${node} . ${task}`)
  }
  return { table: { name: table, skeleton, chain: 'marking' }, elements, chains: new Map() }
}
