import type { EndpointSettings, NetworkSettings } from '@essaim/api-types'
import type { ContainerDeps } from '../deps.js'
import type { ContainerRecord } from '../record.js'

/** What is so while it runs; else what was asked for, with the addresses empty. */
export function networkSettings(
  { sandboxes }: Pick<ContainerDeps, 'sandboxes'>,
  record: ContainerRecord,
): NetworkSettings {
  return sandboxes.settings(record.id) ?? { ...emptySettings, Networks: storedNetworks(record) }
}

const emptySettings: NetworkSettings = {
  Bridge: '',
  SandboxID: '',
  HairpinMode: false,
  LinkLocalIPv6Address: '',
  LinkLocalIPv6PrefixLen: 0,
  Ports: {},
  SandboxKey: '',
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  EndpointID: '',
  Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  MacAddress: '',
}

/** Null where nothing was asked for, as clients expect it. */
interface StoredEndpoint {
  IPAMConfig: EndpointSettings['IPAMConfig'] | null
  Links: string[] | null
  Aliases: string[] | null
  DriverOpts: Record<string, string> | null
  DNSNames: string[] | null
}

function storedNetworks({ host, endpoints, config }: ContainerRecord): Record<string, EndpointSettings> {
  const all =
    config.NetworkDisabled === true ? { none: {} } : (host.NetworkMode ?? '').startsWith('container:') ? {} : endpoints
  return Object.fromEntries(Object.entries(all).map(([name, settings]) => [name, storedEndpoint(settings)]))
}

function storedEndpoint(given: EndpointSettings): EndpointSettings {
  const nullable: StoredEndpoint = {
    IPAMConfig: given.IPAMConfig ?? null,
    Links: given.Links ?? null,
    Aliases: given.Aliases ?? null,
    DriverOpts: given.DriverOpts ?? null,
    DNSNames: null,
  }
  return {
    ...(nullable as EndpointSettings),
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: given.MacAddress ?? '',
  }
}
