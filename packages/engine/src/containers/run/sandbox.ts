import type { SandboxRequest } from '../../networks/contract.js'
import type { EndpointSettings, NetworkSettings } from '@essaim/api-types'
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

/** The stored endpoints, each with the id of the network that it was on when the container last ran. */
export function withNetworkIds(
  endpoints: ContainerRecord['endpoints'],
  { Networks = {} }: NetworkSettings,
): ContainerRecord['endpoints'] {
  const idOf = (key: string): string | undefined =>
    Networks[key]?.NetworkID ?? Object.values(Networks).find(({ NetworkID }) => NetworkID === key)?.NetworkID
  const joined = ([key, settings]: [string, EndpointSettings]): [string, EndpointSettings] => {
    const NetworkID = idOf(key)
    return [key, NetworkID === undefined ? settings : { ...settings, NetworkID }]
  }
  return Object.fromEntries(Object.entries(endpoints).map(joined))
}

/** On the default bridge links are the host's configuration, elsewhere they come with the network's settings. */
function withLinks(mode: string, endpoints: SandboxRequest['endpoints'], links: string[]): SandboxRequest['endpoints'] {
  if (links.length === 0 || (mode !== 'default' && mode !== 'bridge')) return endpoints
  const key = Object.hasOwn(endpoints, 'default') ? 'default' : 'bridge'
  return { ...endpoints, [key]: { ...endpoints[key], Links: links } }
}
