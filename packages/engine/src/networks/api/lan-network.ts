import type { NetworkCreateRequest } from '@essaim/api-types'
import { forbidden, invalid, shortId } from '@essaim/base'
import type { HostLink } from '../kernel/host.js'
import type { Lan, NetworkRecord } from '../records.js'
import { addressing } from './addressing.js'
import type { Surroundings } from './create.js'
import { parseMtu } from './options.js'

const modes = {
  macvlan: ['bridge', 'private', 'vepa', 'passthru'],
  ipvlan: ['l2', 'l3', 'l3s'],
} as const

const flags = ['bridge', 'private', 'vepa']

/** Decides about a network of the macvlan or ipvlan driver. Throws Docker's messages. */
export function lanNetwork(
  record: NetworkRecord,
  request: NetworkCreateRequest,
  around: Surroundings,
  kind: Lan['kind'],
): NetworkRecord {
  const mode = chosen(record.options[`${kind}_mode`], modes[kind], `${kind} mode`, kind)
  const flag = kind === 'ipvlan' ? chosen(record.options['ipvlan_flag'], flags, 'ipvlan flag', kind) : undefined
  // Without a parent its containers see one another, and nobody else.
  const asked = record.options['parent'] ?? ''
  const parent = asked === '' ? `dm-${shortId(record.id)}` : asked
  if (parent === 'lo') throw invalid('network.parent', `loopback interface is not a valid ${kind} parent link`)
  refuseOther(around.networks, parent, kind, mode)
  const known = around.links.find((link) => link.name === parent)
  const made = known ? undefined : asked === '' ? { as: 'wire' as const } : subInterface(parent, around.links)
  const { config, ...pools } = addressing(request, around)
  return {
    ...record,
    driver: kind,
    enableIPv6: request.EnableIPv6 ?? false,
    options: asked === '' ? { ...record.options, parent } : record.options,
    ipam: { ...record.ipam, Config: config },
    lan: {
      ...pools,
      kind,
      parent,
      mode,
      ...(flag !== undefined && { flag }),
      ...(made && { made }),
      mtu: parseMtu(record.options) ?? known?.mtu ?? around.uplinkMtu,
      leadsOut: !record.internal && asked !== '',
    },
  }
}

function chosen(asked: string | undefined, allowed: readonly string[], what: string, kind: Lan['kind']): string {
  const [usual = ''] = allowed
  if (asked === undefined || asked === '') return usual
  if (allowed.includes(asked)) return asked
  const message = `requested ${what} '${asked}' is not valid, '${usual}' mode is the ${kind} driver default`
  throw invalid('network.mode', message, { hint: `Allowed: ${allowed.join(', ')}.` })
}

/** An interface carries one kind, ipvlan of one mode, and one network alone in the mode passthru. */
function refuseOther(networks: NetworkRecord[], parent: string, kind: Lan['kind'], mode: string): void {
  const other = networks.find(({ lan }) => {
    if (lan?.parent !== parent) return false
    const together = kind === 'ipvlan' ? lan.mode === mode : lan.mode !== 'passthru' && mode !== 'passthru'
    return lan.kind !== kind || !together
  })
  if (!other) return
  throw forbidden('network.parent', `network dm-${shortId(other.id)} is already using parent interface ${parent}`)
}

/** `eth0.10` is made upon eth0 for VLAN 10, where it is not there. */
function subInterface(name: string, links: HostLink[]): Lan['made'] {
  const at = name.lastIndexOf('.')
  if (at < 0) throw invalid('network.parent', `invalid subinterface vlan name ${name}, example formatting is eth0.10`)
  const [on, digits] = [name.slice(0, at), name.slice(at + 1)]
  if (!/^\d+$/.test(digits)) {
    throw invalid('network.vlan', `unable to parse a valid vlan id from: ${digits} (ex. eth0.10 for vlan 10)`)
  }
  const vlan = Number(digits)
  if (vlan < 1 || vlan > 4094) throw invalid('network.vlan', `vlan id must be between 1-4094, received: ${vlan}`)
  if (!links.some((link) => link.name === on)) {
    throw invalid('network.parent', `failed to find master interface ${on} on the Docker host: Link not found`)
  }
  return { as: 'vlan', on, vlan }
}
