/**
 * IPv4 addresses as unsigned numbers inside this folder, as text everywhere else. Records and contracts hold text only,
 * so that another family can stand beside this one without changing them.
 */
export interface Subnet {
  /** The network's own address, host bits clear. */
  base: number
  prefix: number
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

/** `10.1.2.3/16` is the subnet 10.1.0.0/16, as Go's net.ParseCIDR reads it. */
export function parseSubnet(text: string): Subnet | undefined {
  const [host, length, ...rest] = text.split('/')
  if (host === undefined || length === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length)) return undefined
  const address = parseAddress(host)
  const prefix = Number(length)
  if (address === undefined || prefix > 32) return undefined
  return { base: (address & mask(prefix)) >>> 0, prefix }
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.base)}/${subnet.prefix}`
}

export function mask(prefix: number): number {
  return prefix === 0 ? 0 : (~0 << (32 - prefix)) >>> 0
}

export function lastAddress(subnet: Subnet): number {
  return (subnet.base | ~mask(subnet.prefix)) >>> 0
}

export function contains(subnet: Subnet, address: number): boolean {
  return (address & mask(subnet.prefix)) >>> 0 === subnet.base
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return contains(a, b.base) || contains(b, a.base)
}

/** The hardware address that goes with an address: 02:42 and its four bytes, so that it is computed, not looked up. */
export function macOf(address: string): string {
  const value = parseAddress(address) ?? 0
  const bytes = [24, 16, 8, 0].map((shift) => ((value >>> shift) & 255).toString(16).padStart(2, '0'))
  return `02:42:${bytes.join(':')}`
}
