import type { EndpointSettings, NetworkSettings, PortBinding } from '@essaim/api-types'
import { shortId } from '@essaim/base'
import { namesOfEndpoint } from '../dns/names.js'
import type { EndpointRecord, SandboxRecord } from '../records.js'

/** NetworkSettings of a running container. */
export function settingsOf(record: SandboxRecord, key: string): NetworkSettings {
  const shown = record.endpoints.filter((endpoint) => !endpoint.hidden)
  // The fields beside Networks are those of the default bridge alone.
  const old = shown.find((endpoint) => endpoint.networkName === 'bridge')
  return {
    Bridge: '',
    SandboxID: record.id,
    SandboxKey: key,
    Ports: portsOf(record),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: old?.id ?? '',
    Gateway: old?.link?.gateway ?? '',
    GlobalIPv6Address: old?.link?.ipv6?.address ?? '',
    GlobalIPv6PrefixLen: old?.link?.ipv6?.prefix ?? 0,
    IPAddress: old?.link?.address ?? '',
    IPPrefixLen: old?.link?.prefix ?? 0,
    IPv6Gateway: old?.link?.ipv6?.gateway ?? '',
    MacAddress: old?.link?.mac ?? '',
    Networks: Object.fromEntries(shown.map((endpoint) => [endpoint.networkName, endpointSettings(record, endpoint)])),
  }
}

export function endpointSettings(record: SandboxRecord, endpoint: EndpointRecord): EndpointSettings {
  const { settings, link } = endpoint
  const named = link !== undefined && endpoint.networkName !== 'bridge'
  const aliases = named ? [...new Set([...(settings.Aliases ?? []), shortId(record.containerId)])] : settings.Aliases
  return nullable({
    IPAMConfig: settings.IPAMConfig,
    Links: settings.Links,
    Aliases: aliases,
    MacAddress: link?.mac ?? '',
    DriverOpts: settings.DriverOpts,
    GwPriority: settings.GwPriority ?? 0,
    NetworkID: endpoint.networkId,
    EndpointID: endpoint.id,
    Gateway: link?.gateway ?? '',
    IPAddress: link?.address ?? '',
    IPPrefixLen: link?.prefix ?? 0,
    IPv6Gateway: link?.ipv6?.gateway ?? '',
    GlobalIPv6Address: link?.ipv6?.address ?? '',
    GlobalIPv6PrefixLen: link?.ipv6?.prefix ?? 0,
    DNSNames: named ? namesOfEndpoint(record, endpoint) : undefined,
  })
}

/** Docker writes null, not nothing, for what is not set. */
function nullable(settings: { [Key in keyof EndpointSettings]: EndpointSettings[Key] | undefined }): EndpointSettings {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, value ?? null])) as EndpointSettings
}

function portsOf(record: SandboxRecord): Record<string, PortBinding[] | null> {
  const ports: Record<string, PortBinding[] | null> = {}
  for (const key of record.exposed) ports[key] = null
  for (const { protocol, hostIp, hostPort, containerPort } of record.ports) {
    const key = `${containerPort}/${protocol}`
    ports[key] = [...(ports[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }]
  }
  return Object.fromEntries(Object.entries(ports).sort(([a], [b]) => (a < b ? -1 : 1)))
}
