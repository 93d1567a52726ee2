import type { ContainerCreateRequest, EndpointSettings } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { atLeast } from '../../http/version.js'

/** In 1.44 the container's own MacAddress moved to its main endpoint. Answers a warning, where there is cause. */
export function adjustMacAddress(request: ContainerCreateRequest, version: string): string | undefined {
  const address = request.MacAddress ?? ''
  if (!atLeast(version, '1.44')) {
    if (address !== '') mainEndpoint(request).MacAddress = address
    else for (const endpoint of endpointsOf(request)) delete endpoint.MacAddress
    return undefined
  }
  if (address === '') return undefined
  const endpoint = mainEndpoint(request)
  if ((endpoint.MacAddress ?? '') !== '' && endpoint.MacAddress !== address) {
    throw invalid(
      'container.mac-address',
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    )
  }
  endpoint.MacAddress = address
  return 'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.'
}

const endpointsOf = (request: ContainerCreateRequest): EndpointSettings[] =>
  Object.values(request.NetworkingConfig?.EndpointsConfig ?? {})

/** The endpoint in the network that NetworkMode names; made where the request has none. */
function mainEndpoint(request: ContainerCreateRequest): EndpointSettings {
  const mode = request.HostConfig?.NetworkMode || 'default'
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:')) {
    throw invalid('container.mac-address', 'conflicting options: mac-address and the network mode')
  }
  const endpoints = ((request.NetworkingConfig ??= {}).EndpointsConfig ??= {})
  return (endpoints[mode === 'default' ? 'bridge' : mode] ??= {})
}
