import type { ClusterNetwork, Network, NetworkCreateRequest } from '@essaim/api-types'

export const vxlanOption = 'com.docker.network.driver.overlay.vxlanid_list'

/** A network as `GET /networks` tells of it. */
export function networkAnswer({ ID, CreatedAt, Spec, Internal, IPAMOptions }: ClusterNetwork): Network {
  const config = { Subnet: Internal.Subnet, ...IPAMOptions?.Config?.[0], Gateway: Internal.Gateway }
  return {
    Name: Spec.Name,
    Id: ID,
    Created: CreatedAt,
    Scope: 'swarm',
    Driver: Spec.DriverConfiguration?.Name ?? 'overlay',
    EnableIPv6: Spec.IPv6Enabled ?? false,
    IPAM: { Driver: 'default', Config: [config] },
    Internal: Spec.Internal ?? false,
    Attachable: Spec.Attachable ?? false,
    Ingress: Spec.Ingress ?? false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: { ...Spec.DriverConfiguration?.Options, [vxlanOption]: String(Internal.Vni) },
    Labels: Spec.Labels ?? {},
  }
}

/** `host` and `bridge` are each node's own networks, by one name in the whole cluster: they have no addresses of theirs. */
export function predefinedAnswer(network: ClusterNetwork): Network {
  const { Containers: _none, Options: _unset, ...answer } = networkAnswer(network)
  return { ...answer, IPAM: { Driver: '', Config: [] } }
}

/** The stored form of what was asked for. */
export function networkSpec(request: NetworkCreateRequest): ClusterNetwork['Spec'] {
  return {
    Name: request.Name ?? '',
    Labels: request.Labels ?? {},
    DriverConfiguration: { Name: request.Driver ?? 'overlay', ...(request.Options && { Options: request.Options }) },
    ...(request.Internal === true && { Internal: true }),
    ...(request.Attachable === true && { Attachable: true }),
    ...(request.Ingress === true && { Ingress: true }),
    ...(request.EnableIPv6 === true && { IPv6Enabled: true }),
    IPAMOptions: { Driver: 'default', ...(request.IPAM?.Config && { Config: request.IPAM.Config }) },
    Scope: 'swarm',
  }
}
