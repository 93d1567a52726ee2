import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { shortId } from '@essaim/base'
import { addressesOf, type DnsSettings, type SandboxRecord } from '../records.js'

/** The three files that a container gets mounted over its own. */
export interface SandboxFiles {
  hosts: string
  hostname: string
  resolv: string
}

const hostsHead = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`

/** `linked` are names of links on the default bridge, where there is no name server: address and names. */
export function hostsText(sandbox: SandboxRecord, gateway: string, linked: [string, string[]][]): string {
  const extra = sandbox.extraHosts.map((entry): [string, string[]] => {
    const [name = '', ...address] = entry.split(/[:=]/)
    const text = entry.slice(name.length + 1)
    return [address.length === 1 && text === 'host-gateway' ? gateway : text.replace(/^\[|\]$/g, ''), [name]]
  })
  const own = sandbox.endpoints.flatMap((endpoint): [string, string[]][] => {
    if (!endpoint.link || endpoint.hidden) return []
    const full = sandbox.domainname ? `${sandbox.hostname}.${sandbox.domainname}` : sandbox.hostname
    const [first = full] = full.split('.')
    const names = first === full ? [first] : [full, first]
    return addressesOf(endpoint.link).map((address): [string, string[]] => [address, names])
  })
  const lines = [...extra, ...linked, ...own].map(([address, names]) => `${address}\t${names.join(' ')}\n`)
  return hostsHead + lines.join('')
}

export interface Resolvers {
  servers: string[]
  search: string[]
  options: string[]
}

/** Reads a resolv.conf. */
export function parseResolv(text: string): Resolvers {
  const found: Resolvers = { servers: [], search: [], options: [] }
  for (const line of text.split('\n')) {
    const [key, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (key === 'nameserver' && values[0] !== undefined) found.servers.push(values[0])
    if (key === 'search' || key === 'domain') found.search = values
    if (key === 'options') found.options = values
  }
  return found
}

/** With `embedded`, the container asks 127.0.0.11 and the rest is what that server forwards to. */
export function resolvText(host: Resolvers, dns: DnsSettings, embedded: boolean): string {
  const search = dns.search.length > 0 ? dns.search.filter((domain) => domain !== '.') : host.search
  const given = dns.options.length > 0 ? dns.options : host.options
  // Names of containers have no dots: the resolver has to ask for them as they are before it appends domains.
  const options = embedded && !given.some((one) => one.startsWith('ndots:')) ? [...given, 'ndots:0'] : given
  const lines: string[] = []
  if (search.length > 0) lines.push(`search ${search.join(' ')}`)
  for (const server of embedded ? ['127.0.0.11'] : upstreamsOf(host, dns, true)) lines.push(`nameserver ${server}`)
  if (options.length > 0) lines.push(`options ${options.join(' ')}`)
  return lines.map((line) => `${line}\n`).join('')
}

/** Docker's choice where the host knows no server that a container can reach. */
const fallback = ['8.8.8.8', '8.8.4.4']

/** `inside`: asked from the container, where the host's loopback addresses lead nowhere. */
export function upstreamsOf(host: Resolvers, dns: DnsSettings, inside: boolean): string[] {
  if (dns.servers.length > 0) return dns.servers
  if (!inside) return host.servers
  const reachable = host.servers.filter((server) => !server.startsWith('127.') && !isIPv6(server))
  return reachable.length > 0 ? reachable : fallback
}

/** The host's resolvers as they are now; behind systemd's stub, the real ones. */
export async function hostResolvers(): Promise<Resolvers> {
  const found = parseResolv(await readOr('/etc/resolv.conf', ''))
  if (!found.servers.every((server) => server === '127.0.0.53')) return found
  const real = await readOr('/run/systemd/resolve/resolv.conf', '')
  return real === '' ? found : parseResolv(real)
}

async function readOr(path: string, missing: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return missing
    throw error
  })
}

/** Written in place: a running container has these very files mounted. */
export class FileStore {
  constructor(private readonly root: string) {}

  paths(containerId: string): SandboxFiles {
    const folder = join(this.root, containerId)
    return { hosts: join(folder, 'hosts'), hostname: join(folder, 'hostname'), resolv: join(folder, 'resolv.conf') }
  }

  async write(containerId: string, texts: SandboxFiles): Promise<SandboxFiles> {
    const paths = this.paths(containerId)
    await mkdir(join(this.root, containerId), { recursive: true, mode: 0o711 })
    await Promise.all([
      writeFile(paths.hosts, texts.hosts, { mode: 0o644 }),
      writeFile(paths.hostname, texts.hostname, { mode: 0o644 }),
      writeFile(paths.resolv, texts.resolv, { mode: 0o644 }),
    ])
    return paths
  }

  /** The containers that have files. */
  async list(): Promise<string[]> {
    return readdir(this.root).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
  }

  async remove(containerId: string): Promise<void> {
    await rm(join(this.root, containerId), { recursive: true, force: true })
  }
}

/** Names under which a linked container of the default bridge is put into /etc/hosts, as Docker does. */
export function linkNames(alias: string, target: SandboxRecord): string[] {
  return [...new Set([alias, shortId(target.containerId), target.name])]
}
