import * as Type from './type.js'

/** The version number of the object such as node, service, etc. */
export interface ObjectVersion {
  Index?: number
}

export interface ErrorDetail {
  code?: number
  message?: string
}

/** Represents an error. */
export interface ErrorResponse {
  message: string
}

/** Response to an API call that returns just an Id */
export interface IDResponse {
  Id: string
}

export interface ProgressDetail {
  current?: number
  total?: number
}

/** Platform represents the platform (Arch/OS). */
export const Platform = Type.Object(
  {
    Architecture: Type.Optional(Type.String()),
    OS: Type.Optional(Type.String()),
  },
  { title: 'swarm.Platform' },
)
export type Platform = Type.Static<typeof Platform>

/** Driver represents a driver (network, logging, secrets). */
export const Driver = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Options: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'swarm.Driver' },
)
export type Driver = Type.Static<typeof Driver>

/** User-defined resources can be either Integer resources (e.g, `SSD=3`) or String resources (e.g, `GPU=UUID1`). */
export const GenericResources = Type.Array(
  Type.Object({
    NamedResourceSpec: Type.Optional(
      Type.Object({
        Kind: Type.Optional(Type.String()),
        Value: Type.Optional(Type.String()),
      }),
    ),
    DiscreteResourceSpec: Type.Optional(
      Type.Object({
        Kind: Type.Optional(Type.String()),
        Value: Type.Optional(Type.Integer()),
      }),
    ),
  }),
)
export type GenericResources = Type.Static<typeof GenericResources>

/** An object describing the resources which can be advertised by a node and requested by a task. */
export const ResourceObject = Type.Object(
  {
    NanoCPUs: Type.Optional(Type.Integer()),
    MemoryBytes: Type.Optional(Type.Integer()),
    GenericResources: Type.Optional(GenericResources),
  },
  { title: 'swarm.Resources' },
)
export type ResourceObject = Type.Static<typeof ResourceObject>

/** An object describing a limit on resources which can be requested by a task. */
export const Limit = Type.Object(
  {
    NanoCPUs: Type.Optional(Type.Integer()),
    MemoryBytes: Type.Optional(Type.Integer()),
    Pids: Type.Optional(Type.Integer()),
  },
  { title: 'swarm.Limit' },
)
export type Limit = Type.Static<typeof Limit>

/** Information about the issuer of leaf TLS certificates and the trusted root CA certificate. */
export interface TLSInfo {
  TrustRoot?: string
  CertIssuerSubject?: string
  CertIssuerPublicKey?: string
}

/** Describes the platform which the image in the manifest runs on, as defined in the [OCI Image Index Specification](https://github.com/opencontainers/image-spec/blob/v1.0.1/image-index.md). */
export type OCIPlatform = {
  architecture?: string
  os?: string
  'os.version'?: string
  'os.features'?: string[]
  variant?: string
} | null

/** A descriptor struct containing digest, media type, and size, as defined in the [OCI Content Descriptors Specification](https://github.com/opencontainers/image-spec/blob/v1.0.1/descriptor.md). */
export interface OCIDescriptor {
  mediaType?: string
  digest?: string
  size?: number
  urls?: string[] | null
  annotations?: Record<string, string> | null
  data?: string | null
  platform?: OCIPlatform
  artifactType?: string | null
}

/** Information about the storage driver used to store the container's and image's filesystem. */
export interface DriverData {
  Name: string
  Data: Record<string, string>
}

/** PeerInfo represents one peer of an overlay network. */
export interface PeerInfo {
  Name?: string
  IP?: string
}

/** Represents a peer-node in the swarm */
export interface PeerNode {
  NodeID?: string
  Addr?: string
}
