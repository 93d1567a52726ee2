import { isIP } from 'node:net'
import type { Option } from './options.js'

const isCidr = (value: string, family?: number): boolean => {
  const [address = '', bits = '', ...rest] = value.split('/')
  const found = isIP(address)
  const size = found === 4 ? 32 : 128
  return found > 0 && (family ?? found) === found && /^\d{1,3}$/.test(bits) && Number(bits) <= size && rest.length === 0
}

const isPool = (value: string): boolean => {
  const [, base = '', size = ''] = /^base=([^,]+),size=(\d{1,3})$/.exec(value) ?? []
  const most = isIP(base.split('/')[0] ?? '') === 6 ? 126 : 30
  return isCidr(base) && Number(size) >= Number(base.split('/')[1]) && Number(size) <= most
}

const refusePool = (value: string): string | undefined =>
  isPool(value)
    ? undefined
    : `invalid address pool "${value}" (a pool is base=SUBNET,size=BITS, such as base=10.20.0.0/16,size=24)`

const poolFromFile = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || !('base' in value) || !('size' in value)) return undefined
  return `base=${String(value.base)},size=${String(value.size)}`
}

const refuseCidr =
  (family: number) =>
  (value: string): string | undefined =>
    isCidr(value, family) ? undefined : `invalid CIDR address: ${value}`

const refuseMtu = (value: string): string | undefined => {
  const mtu = Number(value)
  return Number.isInteger(mtu) && mtu >= 68 && mtu <= 65535 ? undefined : `invalid MTU ${value} (allowed: 68 to 65535)`
}

const refuseAddress = (value: string): string | undefined =>
  isIP(value) > 0 ? undefined : `invalid IP address: ${value}`

/** Settings of the networks, named as dockerd's. */
export const networkOptions = [
  {
    flag: 'default-address-pool',
    key: 'default-address-pools',
    type: 'list',
    placeholder: 'POOL',
    refuse: refusePool,
    fromFile: poolFromFile,
    help: "Where networks get their subnets: base=SUBNET,size=BITS; repeatable (default Docker's)",
  },
  {
    flag: 'bip',
    key: 'bip',
    type: 'string',
    placeholder: 'ADDRESS/BITS',
    refuse: refuseCidr(4),
    help: 'Address of the default bridge',
  },
  {
    flag: 'fixed-cidr',
    key: 'fixed-cidr',
    type: 'string',
    placeholder: 'SUBNET',
    refuse: refuseCidr(4),
    help: "Part of the default bridge's subnet from which containers get their addresses",
  },
  { flag: 'ipv6', key: 'ipv6', type: 'bool', help: 'IPv6 on the default bridge' },
  {
    flag: 'fixed-cidr-v6',
    key: 'fixed-cidr-v6',
    type: 'string',
    placeholder: 'SUBNET',
    refuse: refuseCidr(6),
    help: "The default bridge's IPv6 subnet (default one of the engine's own)",
  },
  {
    flag: 'icc',
    key: 'icc',
    type: 'bool',
    help: 'Containers of the default bridge may talk to each other (default true)',
  },
  {
    flag: 'ip',
    key: 'ip',
    type: 'string',
    placeholder: 'ADDRESS',
    refuse: (value) => (isIP(value) === 4 ? undefined : `invalid IP address: ${value}`),
    help: 'Where ports of containers on the default bridge are published (default 0.0.0.0)',
  },
  {
    flag: 'ip-masq',
    key: 'ip-masq',
    type: 'bool',
    help: "What leaves the default bridge gets the host's address (default true)",
  },
  {
    flag: 'ip-forward',
    key: 'ip-forward',
    type: 'bool',
    help: 'Switch on forwarding of packets in the kernel (default true)',
  },
  {
    flag: 'mtu',
    key: 'mtu',
    type: 'string',
    placeholder: 'BYTES',
    refuse: refuseMtu,
    fromFile: (value) => (typeof value === 'number' ? String(value) : undefined),
    help: "MTU of new networks that name none (default the uplink's)",
  },
  {
    flag: 'dns',
    key: 'dns',
    type: 'list',
    placeholder: 'ADDRESS',
    refuse: refuseAddress,
    help: "Name server for containers that name none; repeatable (default the host's)",
  },
  { flag: 'dns-search', key: 'dns-search', type: 'list', placeholder: 'DOMAIN', help: 'Search domain; repeatable' },
  { flag: 'dns-opt', key: 'dns-opts', type: 'list', placeholder: 'OPTION', help: 'Resolver option; repeatable' },
] as const satisfies readonly Option[]
