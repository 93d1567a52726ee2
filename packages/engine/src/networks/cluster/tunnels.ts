import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Fdb } from '../kernel/fdb.js'
import { setLinkSysctl } from '../kernel/host.js'
import type { Ip } from '../kernel/ip.js'
import type { Nft } from '../kernel/nft.js'
import { bridgeAlias } from '../sandbox/links.js'
import { cardOf, hopOf } from './mesh-numbers.js'
import { cardsTable, type Entry, type Tunnel } from './tunnel.js'

const run = promisify(execFile)

/** What is said of a rule that is there, and of what is to be taken back and is not. */
const done = /File exists|No such|Cannot find device|does not exist/

/** Keeps the networks' tunnels equal to what is wanted, a difference at a time. */
export class Tunnels {
  /** By device, what the kernel was told: key and line. */
  readonly #told = new Map<string, Map<string, Entry>>()
  /** Devices that are known not to be there. */
  readonly #absent = new Set<string>()

  constructor(
    private readonly ip: Ip,
    private readonly fdb: Fdb,
    private readonly nft: Nft,
  ) {}

  /** `local`: the address that packets to other hosts leave from; undefined to let the kernel choose. */
  async sync(tunnels: Tunnel[], local: string | undefined): Promise<void> {
    for (const tunnel of tunnels) {
      const told = this.#told.get(tunnel.device) ?? (await this.#take(tunnel, local))
      this.#told.set(tunnel.device, told)
      this.#absent.delete(tunnel.device)
      await this.#apply(told, tunnel.entries)
    }
  }

  /**
   * Takes away the tunnels of networks that have nothing elsewhere any more, an earlier process's too: an entry that stays
   * would lead astray once its address belongs to a container of this host.
   */
  async removeUnused(devices: string[]): Promise<void> {
    for (const device of devices) {
      if (this.#absent.has(device)) continue
      await this.remove(device)
      this.#absent.add(device)
    }
  }

  /** Forgets a network's tunnel and takes it away. */
  async remove(device: string): Promise<void> {
    const told = this.#told.get(device)
    this.#told.delete(device)
    this.#absent.delete(device)
    const rules = [...(told ?? [])].filter(([key]) => key === 'rule').map(([, { remove }]) => remove)
    await this.ip.bulk([...rules, `link del ${device}`], done)
  }

  /** Writes the tables of frames anew where somebody took them away. */
  async check(): Promise<void> {
    for (const [device, told] of this.#told) {
      const cards = [...told].filter(([, { tool }]) => tool === 'nft')
      if (cards.length === 0 || (await this.nft.hasChain(`${cardsTable(device)} answers`))) continue
      await this.#writeCards(device, cards)
    }
  }

  async #apply(told: Map<string, Entry>, wanted: ReadonlyMap<string, Entry>): Promise<void> {
    const gone = [...told].filter(([key]) => !wanted.has(key))
    const fresh = [...wanted].filter(([key, entry]) => told.get(key)?.add !== entry.add)
    const adds = (tool: Entry['tool']): string[] =>
      fresh.filter(([, one]) => one.tool === tool).map(([, { add }]) => add)
    const removes = (tool: Entry['tool']): string[] =>
      gone.filter(([, one]) => one.tool === tool).map(([, { remove }]) => remove)
    await this.ip.bulk(removes('ip'), done)
    await this.fdb.bulk(removes('fdb'), done)
    // Whose card a next hop has is known before a packet is sent there.
    await this.nft.transaction([...removes('nft'), ...adds('nft')])
    await this.fdb.bulk(adds('fdb'))
    await this.ip.bulk(adds('ip'), /File exists/)
    for (const [key] of gone) told.delete(key)
    for (const [key, entry] of fresh) told.set(key, entry)
  }

  /** A device that is there already, of an earlier process, is kept with what it was told, if it is what is wanted. */
  async #take(tunnel: Tunnel, local: string | undefined): Promise<Map<string, Entry>> {
    const { device, bridge, number } = tunnel
    const there = await findLink(device)
    const same =
      there?.id === tunnel.vni && there.port === tunnel.port && (there.local === local || local === undefined)
    if (there && !same) await this.ip.bulk([`link del ${device}`], done)
    if (!same) {
      const card = number === undefined ? '' : ` address ${cardOf(number)}`
      const from = local === undefined ? '' : ` local ${local}`
      const kind = `type vxlan id ${tunnel.vni}${from} dstport ${tunnel.port} nolearning proxy`
      await this.ip.bulk([`link add ${device} mtu ${tunnel.mtu}${card} ${kind}`])
    }
    await setLinkSysctl('ipv6', device, 'disable_ipv6', '1').catch(tolerateMissing)
    const port = bridge === undefined ? '' : ` master ${bridge}`
    await this.ip.bulk([`link set ${device} alias ${bridgeAlias}${port} up`])
    const told = same ? await toldBefore(device) : new Map<string, Entry>()
    if (number === undefined) return told
    // Without an address the kernel takes no packet from elsewhere on it; nobody ever sees this one.
    await this.ip.bulk([`addr add ${hopOf(number)}/32 scope link dev ${device}`], /File exists|already assigned/)
    // Clients come from anywhere; answers to the host's own loopback addresses come back through it.
    await setLinkSysctl('ipv4', device, 'rp_filter', '2')
    await setLinkSysctl('ipv4', device, 'route_localnet', '1')
    await setLinkSysctl('ipv4', device, 'send_redirects', '0')
    const cards = [...tunnel.entries].filter(([, { tool }]) => tool === 'nft')
    await this.#writeCards(device, cards)
    return new Map([...told, ...cards])
  }

  async #writeCards(device: string, cards: [string, Entry][]): Promise<void> {
    const table = cardsTable(device)
    await this.nft.transaction([
      `add table ${table}`,
      `delete table ${table}`,
      `add table ${table}`,
      `add map ${table} cards { type mark : ether_addr; }`,
      `add chain ${table} answers { type filter hook egress device "${device}" priority 0; }`,
      `add rule ${table} answers meta mark != 0 ether daddr set meta mark map @cards`,
      ...cards.map(([, { add }]) => add),
    ])
  }
}

interface FoundLink {
  id: number
  port: number
  local?: string
}

async function findLink(device: string): Promise<FoundLink | undefined> {
  const [link] = await list<{ linkinfo?: { info_data?: FoundLink } }>('ip', ['-d', 'link', 'show', 'dev', device])
  return link?.linkinfo?.info_data
}

/** What an earlier process told the kernel, so that what is not wanted any more can be taken back. Its lines are not known. */
async function toldBefore(device: string): Promise<Map<string, Entry>> {
  const [entries, neighbours, routes] = await Promise.all([
    list<{ mac: string; dst?: string; master?: string; state?: string }>('bridge', ['fdb', 'show', 'dev', device]),
    list<{ dst: string }>('ip', ['neigh', 'show', 'dev', device, 'nud', 'permanent']),
    list<{ dst: string }>('ip', ['route', 'show', 'dev', device]),
  ])
  const unknown = (tool: Entry['tool'], remove: string): Entry => ({ tool, add: '', remove })
  return new Map([
    ...entries.flatMap(({ mac, dst, master, state }): [string, Entry][] => {
      if (dst !== undefined) return [[`fdb ${mac}`, unknown('fdb', `fdb del ${mac} dev ${device} self`)]]
      if (master === undefined || state !== 'static') return []
      return [[`port ${mac}`, unknown('fdb', `fdb del ${mac} dev ${device} master`)]]
    }),
    ...neighbours.map(({ dst }): [string, Entry] => [`neigh ${dst}`, unknown('ip', `neigh del ${dst} dev ${device}`)]),
    ...routes.map(({ dst }): [string, Entry] => [`route ${dst}`, unknown('ip', `route del ${dst} dev ${device}`)]),
  ])
}

/** Empty for a device that is not there. */
async function list<T>(program: string, words: string[]): Promise<T[]> {
  try {
    const { stdout } = await run(program, ['-json', ...words], { maxBuffer: 64 << 20 })
    return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[])
  } catch (error) {
    if (/does not exist|Cannot find device/.test(String((error as { stderr?: string }).stderr))) return []
    throw error
  }
}

/** A kernel without IPv6 has none of its parameters. */
function tolerateMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
