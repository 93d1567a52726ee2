import { shortId } from '@essaim/base'
import type { EndpointSettings, NetworkSettings } from '@essaim/api-types'
import type { ContainerDeps } from '../deps.js'
import type { ContainerRecord } from '../record.js'

/** What is so while it runs; else what was asked for, with the addresses empty. */
export function networkSettings(
  { sandboxes }: Pick<ContainerDeps, 'sandboxes'>,
  record: ContainerRecord,
): NetworkSettings {
  const now = sandboxes.settings(record.id)
  if (!now) return { ...emptySettings, Networks: storedNetworks(record) }
  const bridge = now.Networks?.['bridge']
  if (!bridge || record.links === undefined) return now
  // Links of the old kind are the container's, not the network's.
  const unlinked: StoredEndpoint['Links'] = null
  return { ...now, Networks: { ...now.Networks, bridge: { ...bridge, Links: unlinked as unknown as string[] } } }
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

function storedNetworks({ host, endpoints, config, id }: ContainerRecord): Record<string, EndpointSettings> {
  const all: Record<string, EndpointSettings> =
    config.NetworkDisabled === true ? { none: {} } : (host.NetworkMode ?? '').startsWith('container:') ? {} : endpoints
  return Object.fromEntries(
    Object.entries(all).map(([name, settings]) => {
      // A container gets the beginning of its id for a name with its first start.
      const named = settings.NetworkID !== undefined && !['bridge', 'host', 'none'].includes(name)
      const Aliases = [...new Set([...(settings.Aliases ?? []), shortId(id)])]
      return [name, storedEndpoint(named ? { ...settings, Aliases } : settings)]
    }),
  )
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
    NetworkID: given.NetworkID ?? '',
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
