import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { SandboxRecord } from '../records.js'
import { hostResolvers, hostsText, linkNames, resolvText, type SandboxFiles } from './files.js'
import { hasNames } from './hidden.js'
import type { Parts } from './parts.js'

/** Writes hosts, hostname and resolv.conf of a container, and answers where they are. */
export async function writeFiles(parts: Parts, record: SandboxRecord): Promise<SandboxFiles> {
  const [hosts, resolvers] = await Promise.all([hostsOf(parts, record), hostResolvers()])
  return parts.files.write(record.containerId, {
    hosts,
    hostname: `${record.mode === 'host' ? hostname() : record.hostname}\n`,
    resolv: resolvText(resolvers, record.dns, embedded(parts, record)),
  })
}

async function hostsOf(parts: Parts, record: SandboxRecord): Promise<string> {
  if (record.mode !== 'host') return hostsText(record, hostGateway(parts), linked(parts, record))
  const text = await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1\tlocalhost\n')
  const extra = hostsText({ ...record, endpoints: [] }, '127.0.0.1', [])
  // The host's own file, and the names that were added for this container after it.
  return (
    text.replace(/\n?$/, '\n') + extra.slice(hostsText({ ...record, endpoints: [], extraHosts: [] }, '', []).length)
  )
}

/** `host-gateway` is the default bridge's address, as in Docker. */
function hostGateway(parts: Parts): string {
  return parts.view.find('bridge')?.bridge?.pool.gateway ?? '127.0.0.1'
}

function embedded(parts: Parts, record: SandboxRecord): boolean {
  return record.endpoints.some((endpoint) => {
    const network = parts.registry.network(endpoint.networkId)
    return network !== undefined && hasNames(network)
  })
}

/** Links on the default bridge are lines of the file; elsewhere the name server answers them. */
function linked(parts: Parts, record: SandboxRecord): [string, string[]][] {
  const endpoint = record.endpoints.find((one) => one.networkName === 'bridge')
  return (endpoint?.settings.Links ?? []).flatMap((link): [string, string[]][] => {
    const [name = '', alias = name] = link.split(':')
    const target = parts.registry.endpointsOf(endpoint?.networkId ?? '').find(({ sandbox }) => {
      return sandbox.name === name.replace(/^\//, '') || sandbox.containerId.startsWith(name)
    })
    const address = target?.endpoint.link?.address
    return target && address !== undefined ? [[address, linkNames(alias, target.sandbox)]] : []
  })
}
