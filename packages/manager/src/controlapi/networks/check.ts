import { conflict, forbidden, internal, notFound, notImplemented } from '@essaim/base'
import type { NetworkCreateRequest } from '@essaim/api-types'
import { ingressNetwork, parseAddress, parseCidr, cidrContains } from '../../allocator/index.js'
import type { View } from '../../store/index.js'
import { checkDnsName } from '../names.js'
import { alreadyExists, invalidArgument } from '../refusal.js'

/** Refuses what Docker refuses of a network of the cluster, in its words and order. */
export function checkRequest(view: View, request: NetworkCreateRequest): void {
  const name = request.Name ?? ''
  const driver = request.Driver ?? 'overlay'
  if (name.trim() === '') throw internal('network.name', `invalid name: ${name}`)
  if (request.Scope === 'local') {
    throw forbidden('network.scope', 'cannot downgrade network scope for overlay networks')
  }
  if (view.find('network', 'name', name).length > 0) {
    throw conflict('network.exists', `network with name ${name} already exists`)
  }
  checkDriver(driver)
  checkDnsName('network', name)
  checkIpam(request)
  checkOptions(request.Options ?? {})
  if (request.Ingress === true) checkIngress(view, request)
}

function checkDriver(driver: string): void {
  if (driver === 'overlay') return
  if (['bridge', 'macvlan', 'ipvlan', 'host', 'null'].includes(driver)) {
    throw notImplemented('network.driver', `networks of scope swarm are overlay networks: not ${driver}`)
  }
  throw notFound('network.driver', `plugin "${driver}" not found`)
}

const mtuOption = 'com.docker.network.driver.mtu'

/** Refused before the network is there: on a node it would be too late. */
function checkOptions(options: Record<string, string>): void {
  if ('encrypted' in options) {
    throw notImplemented(
      'network.encrypted',
      'encrypted overlay networks are not supported: leave out "--opt encrypted"',
      {
        hint: "carry the nodes' traffic over a VPN such as WireGuard, with its address as --data-path-addr",
      },
    )
  }
  const mtu = options[mtuOption] ?? '0'
  if (!/^\d+$/.test(mtu) || Number(mtu) > 65535) {
    throw invalidArgument('network.mtu', `${mtuOption} is "${mtu}": allowed are numbers from 0 to 65535`)
  }
}

function checkIpam({ IPAM }: NetworkCreateRequest): void {
  const driver = IPAM?.Driver ?? 'default'
  if (driver !== 'default' && driver !== '') {
    throw invalidArgument('network.ipam', `error during lookup of plugin ${driver}`)
  }
  const configs = IPAM?.Config ?? []
  if (configs.length > 1) {
    throw notImplemented('network.subnets', `an overlay network has one IPv4 subnet: ${configs.length} were given`)
  }
  for (const { Subnet = '', Gateway = '', IPRange = '' } of configs) {
    const subnet = parseCidr(Subnet)
    const range = parseCidr(IPRange)
    if (IPRange !== '' && (range === undefined || subnet === undefined || !cidrContains(subnet, range.base))) {
      throw invalidArgument(
        'network.range',
        `ipam configuration: subnet ${Subnet} does not contain IP range ${IPRange}`,
      )
    }
    if (Subnet !== '' && subnet === undefined) {
      throw internal('network.subnet', `Invalid subnet ${Subnet} : invalid CIDR address: ${Subnet}`)
    }
    const gateway = parseAddress(Gateway)
    if (Gateway !== '' && gateway === undefined) {
      throw invalidArgument('network.gateway', `ipam configuration: invalid gateway ${Gateway}`)
    }
    if (subnet !== undefined && gateway !== undefined && !cidrContains(subnet, gateway)) {
      const message = `ipam configuration: subnet ${Subnet} does not contain gateway ${Gateway}`
      throw invalidArgument('network.gateway', message)
    }
  }
}

function checkIngress(view: View, request: NetworkCreateRequest): void {
  if (request.Attachable === true) {
    throw invalidArgument('network.ingress', 'ingress network cannot be attachable')
  }
  const present = ingressNetwork(view)
  if (present !== undefined) {
    throw alreadyExists('network.ingress', `ingress network (${present.ID}) is already present`)
  }
}
