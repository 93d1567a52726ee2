import type { Endpoint, NetworkState } from '@essaim/protocol'
import type { ClusterSelf } from '../contract.js'
import { macOf } from '../ipam/address.js'
import type { Bridge } from '../records.js'
import { answersCard, answersHop, answersTable, cardOf, hopOf, markOf, meshMark } from './mesh-numbers.js'

/** Something the kernel is told of a tunnel, and how it is taken back. */
export interface Entry {
  tool: 'ip' | 'fdb' | 'nft'
  /** Can be said again, and replaces what was said under the same key. */
  add: string
  remove: string
}

/** A network's way to other hosts: a VXLAN device, and who is where. Nothing is flooded, nothing is learned. */
export interface Tunnel {
  device: string
  vni: number
  port: number
  mtu: number
  /** The bridge that it is a port of; without one it routes, as the mesh's does. */
  bridge?: string
  /** Number of this node, in the mesh's. */
  number?: number
  entries: ReadonlyMap<string, Entry>
}

export const tunnelName = (networkId: string): string => `vx-${networkId.slice(0, 12)}`

/**
 * The network's tunnel as it should be; undefined while nothing of it is on another host. `local` is the address of this
 * host that packets leave from, where the managers' word for it is one of its own.
 */
export function tunnelOf(state: NetworkState, bridge: Bridge, self: ClusterSelf, local?: string): Tunnel | undefined {
  const device = tunnelName(state.network.ID)
  const common = { device, vni: state.network.Internal.Vni, port: state.dataPathPort, mtu: bridge.mtu }
  const remote = state.endpoints.filter(({ nodeId, nodeAddress }) => nodeId !== self.nodeId && nodeAddress !== '')
  if (state.network.Spec.Ingress === true) {
    const number = state.nodes.find(({ nodeId }) => nodeId === self.nodeId)?.number
    const peers = state.nodes.filter(({ nodeId }) => nodeId !== self.nodeId)
    if (number === undefined || peers.length === 0) return undefined
    const routes = remote.flatMap((endpoint) => {
      const peer = peers.find(({ nodeId }) => nodeId === endpoint.nodeId)
      return peer ? [routeTo(endpoint, peer.number, device, local)] : []
    })
    const hops = peers.flatMap((peer) => [
      fdb(device, cardOf(peer.number), peer.address),
      neighbour(device, hopOf(peer.number), cardOf(peer.number)),
      card(device, peer.number),
    ])
    return { ...common, number, entries: new Map([...answers(device, bridge.device), ...hops, ...routes]) }
  }
  if (remote.length === 0) return undefined
  const entries = remote.flatMap((endpoint) => {
    const mac = endpoint.mac === '' ? macOf(endpoint.address) : endpoint.mac
    return [fdb(device, mac, endpoint.nodeAddress), onBridge(device, mac), neighbour(device, endpoint.address, mac)]
  })
  return { ...common, bridge: bridge.device, entries: new Map(entries) }
}

type Keyed = [key: string, entry: Entry]

function fdb(device: string, mac: string, node: string): Keyed {
  return [
    `fdb ${mac}`,
    {
      tool: 'fdb',
      add: `fdb replace ${mac} dev ${device} dst ${node} self permanent`,
      remove: `fdb del ${mac} dev ${device} self`,
    },
  ]
}

/** The bridge need not ask its other ports. */
function onBridge(device: string, mac: string): Keyed {
  return [
    `port ${mac}`,
    {
      tool: 'fdb',
      add: `fdb replace ${mac} dev ${device} master static`,
      remove: `fdb del ${mac} dev ${device} master`,
    },
  ]
}

function neighbour(device: string, address: string, mac: string): Keyed {
  return [
    `neigh ${address}`,
    {
      tool: 'ip',
      add: `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`,
      remove: `neigh del ${address} dev ${device}`,
    },
  ]
}

function routeTo({ address }: Endpoint, number: number, device: string, local: string | undefined): Keyed {
  const source = local === undefined ? '' : ` src ${local}`
  return [
    `route ${address}`,
    {
      tool: 'ip',
      add: `route replace ${address}/32 via ${hopOf(number)} dev ${device} onlink${source}`,
      remove: `route del ${address}/32 dev ${device}`,
    },
  ]
}

/** The table that turns an answer's mark into where its frame goes. */
export const cardsTable = (device: string): string => `netdev essaim_${device.replaceAll('-', '_')}`

function card(device: string, number: number): Keyed {
  const table = cardsTable(device)
  return [
    `card ${number}`,
    {
      tool: 'nft',
      add: `add element ${table} cards { ${markOf(number)} : ${cardOf(number)} }`,
      remove: `delete element ${table} cards { ${markOf(number)} }`,
    },
  ]
}

/** Answers of tasks go back through the host that the client spoke to. */
function answers(device: string, bridge: string): Keyed[] {
  return [
    neighbour(device, answersHop, answersCard),
    [
      'answers',
      {
        tool: 'ip',
        add: `route replace default via ${answersHop} dev ${device} onlink table ${answersTable}`,
        remove: `route del default dev ${device} table ${answersTable}`,
      },
    ],
    [
      'rule',
      {
        tool: 'ip',
        add: `rule add pref ${answersTable} iif ${bridge} fwmark ${meshMark}/${meshMark} lookup ${answersTable}`,
        remove: `rule del pref ${answersTable} iif ${bridge}`,
      },
    ],
  ]
}
