import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import type { Subnet } from '../ipam/address.js'

/** Sets a kernel parameter of the namespace that this process runs in. */
export async function setSysctl(key: string, value: string): Promise<void> {
  await writeFile(`/proc/sys/${key.replaceAll('.', '/')}`, value)
}

/** The same for one of an interface, whose name may have dots. */
export async function setLinkSysctl(
  family: 'ipv4' | 'ipv6',
  device: string,
  key: string,
  value: string,
): Promise<void> {
  await writeFile(`/proc/sys/net/${family}/conf/${device}/${key}`, value)
}

/**
 * Lets the host pass IPv6 on. An interface that learnt its addresses from a router's word would stop listening to it as
 * soon as its host is a router itself, unless it is told to go on.
 */
export async function forwardIPv6(): Promise<void> {
  const parameter = (name: string): string => `/proc/sys/net/ipv6/conf/${name}`
  if ((await readFile(parameter('all/forwarding'), 'utf8')).trim() === '1') return
  for (const { name } of await hostLinks()) {
    const path = parameter(`${name}/accept_ra`)
    const value = await readFile(path, 'utf8').catch(() => '0')
    if (value.trim() === '1') await writeFile(path, '2')
  }
  await writeFile(parameter('all/forwarding'), '1')
}

interface Route {
  device: string
  subnet: Subnet
}

async function routes(): Promise<Route[]> {
  const text = await readFile('/proc/self/net/route', 'utf8')
  const found: Route[] = []
  for (const line of text.split('\n').slice(1)) {
    const [device, destination, , , , , , mask] = line.split('\t')
    if (device === undefined || destination === undefined || mask === undefined) continue
    found.push({ device, subnet: { family: 4, base: BigInt(swap(destination)), prefix: bits(swap(mask)) } })
  }
  return found
}

/** Subnets that the host reaches otherwise: a new network must not hide them. The default route hides nothing. */
export async function hostSubnets(): Promise<Subnet[]> {
  const all = [...(await routes()).map((route) => route.subnet), ...(await routes6())]
  return all.filter((subnet) => subnet.prefix > 0)
}

/** Fields of the kernel's list: destination in 32 hex digits, its prefix in hex, and what is not needed here. */
async function routes6(): Promise<Subnet[]> {
  const text = await readFile('/proc/self/net/ipv6_route', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [destination = '', prefix = ''] = line.split(' ')
    if (!/^[0-9a-f]{32}$/.test(destination)) return []
    return [{ family: 6, base: BigInt(`0x${destination}`), prefix: Number.parseInt(prefix, 16) }]
  })
}

export interface HostLink {
  name: string
  mtu: number
  /** Whatever its maker wrote on it. */
  alias?: string
}

/** By `ip`, for /sys shows the interfaces of the namespace in which it was mounted. */
export async function hostLinks(): Promise<HostLink[]> {
  const { stdout } = await promisify(execFile)('ip', ['-json', 'link', 'show'], { maxBuffer: 64 << 20 })
  const links = JSON.parse(stdout) as { ifname: string; mtu: number; ifalias?: string }[]
  return links.map(({ ifname, mtu, ifalias }) => ({
    name: ifname,
    mtu,
    ...(ifalias === undefined ? {} : { alias: ifalias }),
  }))
}

/** MTU of that of `links` with the default route; 1500 where there is none. */
export async function uplinkMtu(links: HostLink[]): Promise<number> {
  const device = (await routes()).find((route) => route.subnet.prefix === 0)?.device
  return links.find((link) => link.name === device)?.mtu ?? 1500
}

export function hasAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address))
}

/** MTU of the interface that has the address; undefined when none has. */
export async function mtuAt(address: string): Promise<number | undefined> {
  const device = Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.address === address))?.[0]
  return (await hostLinks()).find((link) => link.name === device)?.mtu
}

/** Whether the host has IPv6 at all; Docker publishes ports on `::` only then. */
export function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some((one) => one.family === 'IPv6'))
}

/** The kernel prints addresses of this file as little-endian words. */
function swap(hex: string): number {
  const value = Number.parseInt(hex, 16)
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0
}

function bits(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest = (rest << 1) >>> 0) count++
  return count
}
