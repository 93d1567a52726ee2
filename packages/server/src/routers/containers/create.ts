import { ContainerCreateRequest, type EndpointSettings } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { created, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import type { Call } from '../../http/call.js'
import { atLeast } from '../../http/version.js'
import type { ContainersBackend } from './backend.js'

export async function createContainer(backend: ContainersBackend, call: Call): Promise<Answer> {
  const request = await readBody(call, ContainerCreateRequest)
  if (Object.keys(request).length === 0) {
    throw invalid('container.config', 'config cannot be empty in order to create a container')
  }
  const warning = adjust(request, call.version)
  const name = call.query.optional('name')
  const platform = atLeast(call.version, '1.41') ? call.query.optional('platform') : undefined
  const answer = await backend.create(request, {
    ...(name !== undefined && { name }),
    ...(platform !== undefined && { platform }),
  })
  return created({ ...answer, Warnings: [...answer.Warnings, ...(warning === undefined ? [] : [warning])] })
}

/** Makes a request of an older version mean what it meant there. Answers a warning, where there is something to say. */
function adjust(request: ContainerCreateRequest, version: string): string | undefined {
  const host = (request.HostConfig ??= {})
  if (!atLeast(version, '1.25')) delete request.StopTimeout
  if (!atLeast(version, '1.40')) {
    for (const mount of host.Mounts ?? []) delete mount.BindOptions?.NonRecursive
    // Older clients did not know private namespaces of IPC and cgroups, and mean what the host shares.
    host.IpcMode ??= 'shareable'
    host.PidsLimit ??= 0
  }
  if (!atLeast(version, '1.41')) host.CgroupnsMode ??= 'host'
  if (!atLeast(version, '1.42')) delete host.Annotations
  if (!atLeast(version, '1.44')) {
    if (request.Healthcheck) delete request.Healthcheck.StartInterval
    for (const mount of host.Mounts ?? []) delete mount.BindOptions?.ReadOnlyNonRecursive
  }
  return adjustMacAddress(request, version)
}

/** The container's own MacAddress moved to its endpoint in 1.44. */
function adjustMacAddress(request: ContainerCreateRequest, version: string): string | undefined {
  const endpoints = request.NetworkingConfig?.EndpointsConfig ?? {}
  const address = request.MacAddress
  if (!atLeast(version, '1.44')) {
    if (address === undefined || address === '') {
      for (const endpoint of Object.values(endpoints)) delete endpoint.MacAddress
    } else {
      mainEndpoint(request).MacAddress = address
    }
    return undefined
  }
  if (address === undefined || address === '') return undefined
  const endpoint = mainEndpoint(request)
  if (endpoint.MacAddress !== undefined && endpoint.MacAddress !== '' && endpoint.MacAddress !== address) {
    throw invalid(
      'container.mac-address',
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    )
  }
  endpoint.MacAddress = address
  return 'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.'
}

/** The endpoint in the network that NetworkMode names; made where the request has none. */
function mainEndpoint(request: ContainerCreateRequest): EndpointSettings {
  const mode = request.HostConfig?.NetworkMode ?? 'default'
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:')) {
    throw invalid('container.mac-address', 'conflicting options: mac-address and the network mode')
  }
  const config = (request.NetworkingConfig ??= {})
  const endpoints = (config.EndpointsConfig ??= {})
  return (endpoints[mode === 'default' ? 'bridge' : mode] ??= {})
}
