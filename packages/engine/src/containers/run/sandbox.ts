import type { SandboxRequest } from '../../networks/contract.js'
import type { ContainerRecord } from '../record.js'

/** What a container asks of the network layer. */
export function sandboxRequest({ id, name, config, host, endpoints, links = [] }: ContainerRecord): SandboxRequest {
  const networkMode = config.NetworkDisabled === true ? 'none' : host.NetworkMode || 'default'
  return {
    containerId: id,
    containerName: name,
    hostname: config.Hostname ?? '',
    ...(config.Domainname && { domainname: config.Domainname }),
    networkMode,
    endpoints: withLinks(
      networkMode,
      endpoints,
      links.map(({ target, alias }) => `${target}:${alias}`),
    ),
    portBindings: host.PortBindings ?? {},
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    publishAllPorts: host.PublishAllPorts === true,
    dns: { servers: host.Dns ?? [], search: host.DnsSearch ?? [], options: host.DnsOptions ?? [] },
    extraHosts: host.ExtraHosts ?? [],
    sysctls: host.Sysctls ?? {},
  }
}

/** On the default bridge links are the host's configuration, elsewhere they come with the network's settings. */
function withLinks(mode: string, endpoints: SandboxRequest['endpoints'], links: string[]): SandboxRequest['endpoints'] {
  if (links.length === 0 || (mode !== 'default' && mode !== 'bridge')) return endpoints
  const key = Object.hasOwn(endpoints, 'default') ? 'default' : 'bridge'
  return { ...endpoints, [key]: { ...endpoints[key], Links: links } }
}
