import type { TestHost } from '@essaim/testing'

/** Where a port of the mesh or a service's address leads, as sorted words: `key -> target target`. */
export type Balancing = string[]

/** The mesh of a host: `tcp 20000 -> 10.0.0.5 10.0.0.6`. */
export async function meshOf(host: TestHost): Promise<Balancing> {
  const ruleset = await host.exec('nft', '-nn', 'list', 'table', 'ip', 'essaim')
  const elements = [...setOf(ruleset, 'mesh').matchAll(/(\d+) \. (\d+) : goto (\S+?)[,\s]/g)]
  return elements
    .map(([, protocol = '', port = '', chain = '']) => {
      const name = protocol === '6' ? 'tcp' : 'udp'
      return `${name} ${port} -> ${targetsOf(ruleset, chain).join(' ')}`
    })
    .toSorted()
}

/** The services that a container balances over: `10.0.1.2 -> 10.0.1.3`. `pid` is one of its processes. */
export async function servicesIn(host: TestHost, pid: number): Promise<Balancing> {
  const ruleset = await host.exec('nsenter', `--net=/proc/${pid}/ns/net`, 'nft', '-nn', 'list', 'table', 'ip', 'essaim')
  const elements = [...setOf(ruleset, 'vips').matchAll(/([\d.]+) : goto (\S+?)[,\s]/g)]
  return elements.map(([, vip = '', chain = '']) => `${vip} -> ${targetsOf(ruleset, chain).join(' ')}`).toSorted()
}

/** The addresses of other hosts' endpoints on a network's tunnel, `ADDRESS HOST`, sorted; none without a tunnel. */
export async function remoteOf(host: TestHost, networkId: string): Promise<string[]> {
  const device = `vx-${networkId.slice(0, 12)}`
  const links = await host.exec('ip', '-o', 'link')
  if (!links.includes(` ${device}:`)) return []
  const neighbours = await host.exec('ip', '-4', 'neigh', 'show', 'dev', device, 'nud', 'permanent')
  const forwarding = await host.exec('bridge', 'fdb', 'show', 'dev', device)
  const hostOf = new Map(
    [...forwarding.matchAll(/^(\S+) dst (\S+) self/gm)].map(([, mac = '', dst = '']) => [mac, dst]),
  )
  const found = [...neighbours.matchAll(/^(\S+) lladdr (\S+)/gm)]
  return found.map(([, address = '', mac = '']) => `${address} ${hostOf.get(mac) ?? 'nowhere'}`).toSorted()
}

function setOf(ruleset: string, name: string): string {
  return new RegExp(`map ${name} \\{[^}]*?elements = \\{([^}]*)\\}`).exec(ruleset)?.[1]?.concat('\n') ?? ''
}

/** Addresses that a chain translates to; none for one that drops or rejects. */
function targetsOf(ruleset: string, chain: string): string[] {
  const body = new RegExp(`chain ${chain} \\{([\\s\\S]*?)\\n\\t\\}`).exec(ruleset)?.[1] ?? ''
  return [...body.matchAll(/\d+ : (\d+\.\d+\.\d+\.\d+)/g)].map(([, address = '']) => address).toSorted()
}
