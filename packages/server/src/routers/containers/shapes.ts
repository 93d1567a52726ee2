import type { ContainerInspectResponse, ContainerSummary, EndpointSettings } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** A container in a list, as clients of `version` know it. */
export function summaryAnswer(summary: ContainerSummary, version: string): ContainerSummary {
  const { ImageManifestDescriptor, HostConfig, ...rest } = summary
  const { Annotations, ...host } = HostConfig ?? {}
  return {
    ...rest,
    HostConfig: atLeast(version, '1.46') && Annotations ? { ...host, Annotations } : host,
    ...(atLeast(version, '1.48') && ImageManifestDescriptor && { ImageManifestDescriptor }),
  }
}

/** An inspected container, as clients of `version` know it. */
export function inspectAnswer(found: ContainerInspectResponse, version: string): ContainerInspectResponse {
  const { ImageManifestDescriptor, ...rest } = found
  const settings = found.NetworkSettings
  return {
    ...rest,
    ...(settings?.Networks && {
      NetworkSettings: { ...settings, Networks: networksAnswer(found, settings.Networks, version) },
    }),
    ...(atLeast(version, '1.48') && ImageManifestDescriptor && { ImageManifestDescriptor }),
  }
}

const predefined = ['bridge', 'host', 'none', 'default', 'nat']

/** Before 1.45 the names that a container answers to, its short id among them, stood in `Aliases`. */
function networksAnswer(
  found: ContainerInspectResponse,
  networks: Record<string, EndpointSettings>,
  version: string,
): Record<string, EndpointSettings> {
  if (atLeast(version, '1.45')) return networks
  const own = [(found.Id ?? '').slice(0, 12), found.Config?.Hostname ?? ''].filter((name) => name !== '')
  const entries = Object.entries(networks).map(([name, endpoint]): [string, EndpointSettings] => {
    const { DNSNames: _, ...known } = endpoint
    // Before the start they stand as they were given.
    if (predefined.includes(name) || !endpoint.EndpointID) return [name, known]
    return [name, { ...known, Aliases: [...new Set([...(endpoint.Aliases ?? []), ...own])] }]
  })
  return Object.fromEntries(entries)
}
