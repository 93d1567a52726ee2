import { isIPv4, isIPv6 } from 'node:net'

export type Family = 4 | 6

/** An address is a value; text is what people and the kernel's tools read. */
export interface Address {
  family: Family
  value: bigint
}

export interface Subnet {
  family: Family
  /** The network's own address, host bits clear. */
  base: bigint
  prefix: number
}

const bits: Record<Family, number> = { 4: 32, 6: 128 }

/** Undefined for what is no address; zones (`%eth0`) are none. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: join(text.split('.').map(Number), 8n) }
  if (!isIPv6(text) || text.includes('%')) return undefined
  return { family: 6, value: join(groupsOf(text), 16n) }
}

function join(parts: number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n)
}

/** The eight groups of an IPv6 address, `::` filled up and a dotted tail read as two of them. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const left = groupsIn(head)
  if (tail === undefined) return left
  const right = groupsIn(tail)
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsIn(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** As RFC 5952 wants it: lower case, the longest run of two or more zero groups as `::`. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn))
  const { start, length } = longestZeros(groups)
  const text = (some: number[]): string => some.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeros(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

/** An address of either family in the one form in which it is stored and compared; undefined for none. */
export function canonical(text: string): string | undefined {
  const address = parseAddress(text)
  return address && formatAddress(address)
}

export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4)

/** `10.1.2.3/16` is the subnet 10.1.0.0/16, as Go's net.ParseCIDR reads it. */
export function parseSubnet(text: string): Subnet | undefined {
  const [host, length, ...rest] = text.split('/')
  if (host === undefined || length === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined
  const address = parseAddress(host)
  const prefix = Number(length)
  if (!address || prefix > bits[address.family]) return undefined
  const { family, value } = address
  return { family, base: value & mask(family, prefix), prefix }
}

export function formatSubnet({ family, base, prefix }: Subnet): string {
  return `${formatAddress({ family, value: base })}/${prefix}`
}

/** How many addresses it has. */
export const sizeOf = ({ family, prefix }: Pick<Subnet, 'family' | 'prefix'>): bigint =>
  1n << BigInt(bits[family] - prefix)

function mask(family: Family, prefix: number): bigint {
  return (1n << BigInt(bits[family])) - sizeOf({ family, prefix })
}

export function lastAddress(subnet: Subnet): Address {
  return { family: subnet.family, value: subnet.base + sizeOf(subnet) - 1n }
}

export function contains(subnet: Subnet, { family, value }: Address): boolean {
  return family === subnet.family && (value & mask(family, subnet.prefix)) === subnet.base
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const first = ({ family, base }: Subnet): Address => ({ family, value: base })
  return contains(a, first(b)) || contains(b, first(a))
}

/** The hardware address that goes with an IPv4 address: 02:42 and its four bytes, so that it is computed, not looked up. */
export function macOf(address: string): string {
  const value = parseAddress(address)?.value ?? 0n
  const bytes = [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 255n).toString(16).padStart(2, '0'))
  return `02:42:${bytes.join(':')}`
}
