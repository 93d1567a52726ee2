/** What the engine's networks go by where a request says nothing. */
export interface NetworkSettings {
  addressPools: { base: string; size: number }[]
  mtu?: number
  dns: { servers: string[]; search: string[]; options: string[] }
  ipForward: boolean
  /** The default bridge. */
  bridge: {
    bip?: string
    fixedCidr?: string
    ipv6: boolean
    fixedCidr6?: string
    icc: boolean
    masquerade: boolean
    hostBinding: string
  }
}

/** `list` answers what was given for an option. */
export function networkSettingsOf(list: (flag: string) => string[]): NetworkSettings {
  const one = (flag: string): string | undefined => list(flag)[0]
  const [bip, mtu, range, range6] = [one('bip'), one('mtu'), one('fixed-cidr'), one('fixed-cidr-v6')]
  return {
    addressPools: list('default-address-pool').map(poolOf),
    ...(mtu !== undefined && { mtu: Number(mtu) }),
    dns: { servers: list('dns'), search: list('dns-search'), options: list('dns-opt') },
    ipForward: one('ip-forward') !== 'false',
    bridge: {
      ...(bip !== undefined && { bip }),
      ...(range !== undefined && { fixedCidr: range }),
      ipv6: one('ipv6') === 'true',
      ...(range6 !== undefined && { fixedCidr6: range6 }),
      icc: one('icc') !== 'false',
      masquerade: one('ip-masq') !== 'false',
      hostBinding: one('ip') ?? '0.0.0.0',
    },
  }
}

/** Of `base=SUBNET,size=BITS`, which was looked at when it was read. */
function poolOf(text: string): { base: string; size: number } {
  const values = new Map(text.split(',').map((pair): [string, string] => [pair.slice(0, 4), pair.slice(5)]))
  return { base: values.get('base') ?? '', size: Number(values.get('size')) }
}
