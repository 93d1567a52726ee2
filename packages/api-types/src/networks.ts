import * as Type from './type.js'
import type { PeerInfo } from './common.js'

/** Address represents an IPv4 or IPv6 IP address. */
export interface Address {
  Addr?: string
  PrefixLen?: number
}

/** PortBinding represents a binding between a host IP address and a host port. */
export const PortBinding = Type.Object(
  {
    HostIp: Type.Optional(Type.String()),
    HostPort: Type.Optional(Type.String()),
  },
  { title: 'nat.PortBinding' },
)
export type PortBinding = Type.Static<typeof PortBinding>

/** PortMap describes the mapping of container ports to host ports, using the container's port-number and protocol as key in the format `<port>/<protocol>`, for example, `80/udp`. */
export const PortMap = Type.Record(Type.String(), Type.Array(PortBinding))
export type PortMap = Type.Static<typeof PortMap>

/** An open port on a container */
export interface Port {
  IP?: string
  PrivatePort: number
  PublicPort?: number
  Type: 'tcp' | 'udp' | 'sctp'
}

export const IPAMConfig = Type.Object(
  {
    Subnet: Type.Optional(Type.String()),
    IPRange: Type.Optional(Type.String()),
    Gateway: Type.Optional(Type.String()),
    AuxiliaryAddresses: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'network.IPAMConfig' },
)
export type IPAMConfig = Type.Static<typeof IPAMConfig>

export const IPAM = Type.Object(
  {
    Driver: Type.Optional(Type.String()),
    Config: Type.Optional(Type.Array(IPAMConfig)),
    Options: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'network.IPAM' },
)
export type IPAM = Type.Static<typeof IPAM>

/** The config-only network source to provide the configuration for this network. */
export const ConfigReference = Type.Object(
  {
    Network: Type.Optional(Type.String()),
  },
  { title: 'network.ConfigReference' },
)
export type ConfigReference = Type.Static<typeof ConfigReference>

/** EndpointIPAMConfig represents an endpoint's IPAM configuration. */
export const EndpointIPAMConfig = Type.Object(
  {
    IPv4Address: Type.Optional(Type.String()),
    IPv6Address: Type.Optional(Type.String()),
    LinkLocalIPs: Type.Optional(Type.Array(Type.String())),
  },
  { title: 'network.EndpointIPAMConfig' },
)
export type EndpointIPAMConfig = Type.Static<typeof EndpointIPAMConfig>

/** Configuration for a network endpoint. */
export const EndpointSettings = Type.Object(
  {
    IPAMConfig: Type.Optional(EndpointIPAMConfig),
    Links: Type.Optional(Type.Array(Type.String())),
    MacAddress: Type.Optional(Type.String()),
    Aliases: Type.Optional(Type.Array(Type.String())),
    DriverOpts: Type.Optional(Type.Record(Type.String(), Type.String())),
    GwPriority: Type.Optional(Type.Integer()),
    NetworkID: Type.Optional(Type.String()),
    EndpointID: Type.Optional(Type.String()),
    Gateway: Type.Optional(Type.String()),
    IPAddress: Type.Optional(Type.String()),
    IPPrefixLen: Type.Optional(Type.Integer()),
    IPv6Gateway: Type.Optional(Type.String()),
    GlobalIPv6Address: Type.Optional(Type.String()),
    GlobalIPv6PrefixLen: Type.Optional(Type.Integer()),
    DNSNames: Type.Optional(Type.Array(Type.String())),
  },
  { title: 'network.EndpointSettings' },
)
export type EndpointSettings = Type.Static<typeof EndpointSettings>

export interface NetworkContainer {
  Name?: string
  EndpointID?: string
  MacAddress?: string
  IPv4Address?: string
  IPv6Address?: string
}

export interface Network {
  Name?: string
  Id?: string
  Created?: string
  Scope?: string
  Driver?: string
  EnableIPv4?: boolean
  EnableIPv6?: boolean
  IPAM?: IPAM
  Internal?: boolean
  Attachable?: boolean
  Ingress?: boolean
  ConfigFrom?: ConfigReference
  ConfigOnly?: boolean
  Containers?: Record<string, NetworkContainer>
  Options?: Record<string, string>
  Labels?: Record<string, string>
  Peers?: PeerInfo[] | null
}

/** OK response to NetworkCreate operation */
export interface NetworkCreateResponse {
  Id: string
  Warning: string
}

/** NetworkingConfig represents the container's networking configuration for each of its interfaces. */
export const NetworkingConfig = Type.Object(
  {
    EndpointsConfig: Type.Optional(Type.Record(Type.String(), EndpointSettings)),
  },
  { title: 'network.NetworkingConfig' },
)
export type NetworkingConfig = Type.Static<typeof NetworkingConfig>

/** NetworkSettings exposes the network settings in the API */
export interface NetworkSettings {
  Bridge?: string
  SandboxID?: string
  HairpinMode?: boolean
  LinkLocalIPv6Address?: string
  LinkLocalIPv6PrefixLen?: number
  /** Null for a port that is exposed and not published. */
  Ports?: Record<string, PortBinding[] | null>
  SandboxKey?: string
  SecondaryIPAddresses?: Address[] | null
  SecondaryIPv6Addresses?: Address[] | null
  EndpointID?: string
  Gateway?: string
  GlobalIPv6Address?: string
  GlobalIPv6PrefixLen?: number
  IPAddress?: string
  IPPrefixLen?: number
  IPv6Gateway?: string
  MacAddress?: string
  Networks?: Record<string, EndpointSettings>
}

/** Specifies how a service should be attached to a particular network. */
export const NetworkAttachmentConfig = Type.Object(
  {
    Target: Type.Optional(Type.String()),
    Aliases: Type.Optional(Type.Array(Type.String())),
    DriverOpts: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'swarm.NetworkAttachmentConfig' },
)
export type NetworkAttachmentConfig = Type.Static<typeof NetworkAttachmentConfig>

export const NetworkCreateRequest = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Driver: Type.Optional(Type.String()),
    Scope: Type.Optional(Type.String()),
    Internal: Type.Optional(Type.Boolean()),
    Attachable: Type.Optional(Type.Boolean()),
    Ingress: Type.Optional(Type.Boolean()),
    ConfigOnly: Type.Optional(Type.Boolean()),
    ConfigFrom: Type.Optional(ConfigReference),
    IPAM: Type.Optional(IPAM),
    EnableIPv4: Type.Optional(Type.Boolean()),
    EnableIPv6: Type.Optional(Type.Boolean()),
    Options: Type.Optional(Type.Record(Type.String(), Type.String())),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'types.NetworkCreateRequest' },
)
export type NetworkCreateRequest = Type.Static<typeof NetworkCreateRequest>

export const NetworkConnectRequest = Type.Object(
  {
    Container: Type.Optional(Type.String()),
    EndpointConfig: Type.Optional(EndpointSettings),
  },
  { title: 'types.NetworkConnect' },
)
export type NetworkConnectRequest = Type.Static<typeof NetworkConnectRequest>

export const NetworkDisconnectRequest = Type.Object(
  {
    Container: Type.Optional(Type.String()),
    Force: Type.Optional(Type.Boolean()),
  },
  { title: 'types.NetworkDisconnect' },
)
export type NetworkDisconnectRequest = Type.Static<typeof NetworkDisconnectRequest>
