import { dnsPort, udpZone, withoutBackends, type Backends } from './host.js'

/** A service as a client container balances over it. */
export interface VirtualService extends Backends {
  /** Letters and digits, unique in the container. */
  id: string
  vip: string
}

export interface InsideRules {
  /** Where 127.0.0.11 leads: the gateway address that the name server listens on. */
  dns: string | undefined
  services: VirtualService[]
}

/**
 * The rules inside a container's namespace, as one transaction that replaces what was there. The anchor is never taken
 * away: without any rule that needs conntrack the kernel would switch it off and break the connections that it rewrites.
 */
export function insideRules({ dns, services }: InsideRules): string {
  if (dns === undefined && services.length === 0) return ''
  const lines = [
    'add table ip essaim_anchor',
    'add chain ip essaim_anchor keep { type filter hook output priority 0; }',
    'flush chain ip essaim_anchor keep',
    'add rule ip essaim_anchor keep ct state new counter',
    'add table ip essaim',
    'delete table ip essaim',
    'add table ip essaim',
    'add chain ip essaim output { type nat hook output priority -100; }',
  ]
  if (dns !== undefined) {
    const match = 'ip daddr 127.0.0.11 meta l4proto { tcp, udp } th dport 53'
    lines.push(
      `add rule ip essaim output ${match} dnat to ${dns}:${dnsPort}`,
      'add chain ip essaim guard { type filter hook prerouting priority -300; }',
      'add rule ip essaim guard iifname != "lo" ip daddr 127.0.0.0/8 drop',
      'add chain ip essaim postrouting { type nat hook postrouting priority 100; }',
      'add rule ip essaim postrouting ip saddr 127.0.0.0/8 oifname != "lo" masquerade',
    )
  }
  if (services.length > 0) {
    lines.push('add map ip essaim vips { type ipv4_addr : verdict; }')
    for (const service of services) {
      lines.push(`add chain ip essaim s_${service.id}`, `add rule ip essaim s_${service.id} ${balance(service)}`)
    }
    const elements = services.map((service) => `${service.vip} : goto s_${service.id}`).join(', ')
    const zones = services.map((service) => `${service.vip} : ${udpZone(service.generation)}`).join(', ')
    lines.push(
      'add map ip essaim udp_zones { typeof ip daddr : ct zone; }',
      `add element ip essaim udp_zones { ${zones} }`,
      'add chain ip essaim zones { type filter hook output priority -300; }',
      'add rule ip essaim zones meta l4proto udp ct original zone set ip daddr map @udp_zones',
    )
    lines.push(`add element ip essaim vips { ${elements} }`, 'add rule ip essaim output ip daddr vmap @vips')
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** The same for a namespace that is new: what takes rules away waits for the kernel, three times as long as the rest. */
export function freshRules(rules: string): string {
  return rules.replace(/^(flush|delete) .*\n/gm, '')
}

function balance({ addresses, coming }: VirtualService): string {
  if (addresses.length === 0) return withoutBackends(coming)
  const targets = addresses.map((address, index) => `${index} : ${address}`).join(', ')
  return `dnat to numgen inc mod ${addresses.length} map { ${targets} }`
}
