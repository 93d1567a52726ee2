import { BlockList, isIP } from 'node:net'

/** How the daemon is configured to reach registries. */
export interface RegistryOptions {
  /** URLs that are asked before Docker Hub. */
  mirrors: string[]
  /** `host[:port]` or CIDR: reached without verified TLS, and by plain HTTP where TLS fails. */
  insecure: string[]
  /** Each holds a folder per registry with its `*.crt`, `*.cert` and `*.key`; the first that has one counts. */
  certsFolders: string[]
  /** Layers at a time, of all pulls together. */
  parallelDownloads: number
  /** Layers at a time, of all pushes together. */
  parallelUploads: number
  /** How often a layer is tried before its pull fails. */
  downloadAttempts: number
}

/** What the daemon does unless it is told otherwise; the numbers are those of Docker's engine. */
export const registryDefaults: RegistryOptions = {
  mirrors: [],
  insecure: [],
  certsFolders: ['/etc/essaim/certs.d', '/etc/docker/certs.d'],
  parallelDownloads: 3,
  parallelUploads: 5,
  downloadAttempts: 5,
}

/** One place where a repository may be found. */
export interface Endpoint {
  /** Without a slash at its end. */
  url: string
  /** `host[:port]`, as certificates and credentials are kept by. */
  host: string
  verify: boolean
  mirror: boolean
}

const hub = { url: 'https://registry-1.docker.io', host: 'docker.io', verify: true, mirror: false }

/** Where to look for a domain's repositories, in order. */
export function endpointsOf(domain: string, options: RegistryOptions): Endpoint[] {
  if (domain === 'docker.io') return [...options.mirrors.map((url) => mirrorOf(url, options)), hub]
  if (!isInsecure(domain, options.insecure)) {
    return [{ url: `https://${domain}`, host: domain, verify: true, mirror: false }]
  }
  return ['https', 'http'].map((scheme) => ({
    url: `${scheme}://${domain}`,
    host: domain,
    verify: false,
    mirror: false,
  }))
}

function mirrorOf(text: string, options: RegistryOptions): Endpoint {
  const url = new URL(text)
  return {
    url: text.replace(/\/$/, ''),
    host: url.host,
    verify: !isInsecure(url.host, options.insecure),
    mirror: true,
  }
}

/** What is on this machine is insecure by nature: nobody has a certificate for it. */
export function isInsecure(domain: string, listed: string[]): boolean {
  if (listed.includes(domain)) return true
  const host = domain.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (host === 'localhost' || listed.includes(host)) return true
  const family = isIP(host)
  if (family === 0) return false
  const block = new BlockList()
  for (const cidr of ['127.0.0.0/8', '::1/128', ...listed]) {
    const [address = '', prefix] = cidr.split('/')
    if (prefix === undefined || isIP(address) === 0) continue
    block.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return block.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
