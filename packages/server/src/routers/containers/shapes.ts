import type { ContainerInspectResponse, ContainerSummary, EndpointSettings } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** A container in a list, as clients of `version` know it. */
export function summaryAnswer(summary: ContainerSummary, version: string): object {
  const { ImageManifestDescriptor, HostConfig, NetworkSettings, ...rest } = summary
  const { Annotations, ...host } = HostConfig ?? {}
  return {
    ...rest,
    HostConfig: atLeast(version, '1.46') && Annotations ? { ...host, Annotations } : host,
    NetworkSettings: { Networks: mapValues(NetworkSettings?.Networks ?? {}, (one) => listedEndpoint(one, version)) },
    ...(atLeast(version, '1.48') && ImageManifestDescriptor && { ImageManifestDescriptor }),
  }
}

/** A list tells of an endpoint where it is, not how it was asked for. */
function listedEndpoint(endpoint: EndpointSettings, version: string): object {
  return { ...knownEndpoint(endpoint, version), Links: null, Aliases: null, DriverOpts: null }
}

/** Limits that clients from before 1.42 read. */
const kernelMemory = { KernelMemory: 0, KernelMemoryTCP: 0 }

/** An inspected container, as clients of `version` know it. */
export function inspectAnswer(found: ContainerInspectResponse, version: string): object {
  const { ImageManifestDescriptor, ...rest } = found
  const settings = found.NetworkSettings
  return {
    ...rest,
    ...(!atLeast(version, '1.42') && rest.HostConfig && { HostConfig: { ...kernelMemory, ...rest.HostConfig } }),
    ...(settings?.Networks && {
      NetworkSettings: { ...settings, Networks: networksAnswer(found, settings.Networks, version) },
    }),
    ...(atLeast(version, '1.48') && ImageManifestDescriptor && { ImageManifestDescriptor }),
  }
}

const predefined = ['bridge', 'host', 'none', 'default', 'nat']

/** Before 1.45 the names that a running container answers to, its short id among them, stood in `Aliases`. */
function networksAnswer(
  found: ContainerInspectResponse,
  networks: Record<string, EndpointSettings>,
  version: string,
): Record<string, EndpointSettings> {
  const own = [(found.Id ?? '').slice(0, 12), found.Config?.Hostname ?? ''].filter((name) => name !== '')
  return mapValues(networks, (endpoint, name) => {
    const known = knownEndpoint(endpoint, version)
    // Before the start they stand as they were given.
    if (atLeast(version, '1.45') || predefined.includes(name) || !endpoint.EndpointID) return known
    return { ...known, Aliases: [...new Set([...(endpoint.Aliases ?? []), ...own])] }
  })
}

function knownEndpoint(endpoint: EndpointSettings, version: string): EndpointSettings {
  const { DNSNames, GwPriority, ...rest } = endpoint
  return {
    ...rest,
    ...(atLeast(version, '1.44') && DNSNames !== undefined && { DNSNames }),
    ...(atLeast(version, '1.48') && GwPriority !== undefined && { GwPriority }),
  }
}

function mapValues<T, U>(values: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]))
}
