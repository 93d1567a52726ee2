import type { Network, NetworkContainer } from '@essaim/api-types'
import type { EndpointRecord, NetworkRecord, SandboxRecord } from '../records.js'

type Member = { sandbox: SandboxRecord; endpoint: EndpointRecord }

/** A network as the API answers it, with the containers that are on it here. */
export function describe(record: NetworkRecord, members: Member[]): Network {
  return {
    Name: record.name,
    Id: record.id,
    Created: record.created,
    Scope: record.scope,
    Driver: record.driver,
    EnableIPv4: true,
    EnableIPv6: record.enableIPv6,
    IPAM: { ...record.ipam, Options: record.ipam.Options ?? (null as unknown as Record<string, string>) },
    Internal: record.internal,
    Attachable: record.attachable,
    Ingress: record.ingress,
    ConfigFrom: { Network: record.configFrom },
    ConfigOnly: record.configOnly,
    Containers: containersOf(members),
    Options: record.options,
    Labels: record.labels,
  }
}

/** By container id; a hidden way out is shown under the name that Docker gives it. */
export function containersOf(members: Member[]): Record<string, NetworkContainer> {
  return Object.fromEntries(
    members.map(({ sandbox, endpoint }) => [
      sandbox.containerId,
      {
        Name: endpoint.hidden ? `gateway_${sandbox.id.slice(0, 12)}` : sandbox.name,
        EndpointID: endpoint.id,
        MacAddress: endpoint.link?.mac ?? '',
        IPv4Address: endpoint.link ? `${endpoint.link.address}/${endpoint.link.prefix}` : '',
        IPv6Address: endpoint.link?.ipv6 ? `${endpoint.link.ipv6.address}/${endpoint.link.ipv6.prefix}` : '',
      },
    ]),
  )
}
