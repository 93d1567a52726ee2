/** An IPv4 network as numbers: `base` has no host bits set. */
export interface Cidr {
  base: number
  bits: number
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** `10.0.0.0/8`; host bits are taken off. Undefined for what is no IPv4 network. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', length = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const value = parseAddress(address)
  const bits = Number(length)
  if (value === undefined || length === '' || bits > 32) return undefined
  return { base: value - (value % size({ base: 0, bits })), bits }
}

export const formatCidr = ({ base, bits }: Cidr): string => `${formatAddress(base)}/${bits}`

/** How many addresses it spans. */
export function size({ bits }: Cidr): number {
  return 2 ** (32 - bits)
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + size(b) && b.base < a.base + size(a)
}

export function contains(cidr: Cidr, address: number): boolean {
  return address >= cidr.base && address < cidr.base + size(cidr)
}
