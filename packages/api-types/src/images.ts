import * as Type from './type.js'
import type { DriverData, ErrorDetail, OCIDescriptor, OCIPlatform, ProgressDetail } from './common.js'
import { HealthConfig } from './containers.js'

/** individual image layer information in response to ImageHistory operation */
export interface ImageHistoryResponseItem {
  Id: string
  Created: number
  CreatedBy: string
  Tags: string[]
  Size: number
  Comment: string
}

/** Configuration of the image. */
export const ImageConfig = Type.Object({
  User: Type.Optional(Type.String()),
  ExposedPorts: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  Env: Type.Optional(Type.Array(Type.String())),
  Cmd: Type.Optional(Type.Array(Type.String())),
  Healthcheck: Type.Optional(HealthConfig),
  ArgsEscaped: Type.Optional(Type.Boolean()),
  Volumes: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  WorkingDir: Type.Optional(Type.String()),
  Entrypoint: Type.Optional(Type.Array(Type.String())),
  OnBuild: Type.Optional(Type.Array(Type.String())),
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  StopSignal: Type.Optional(Type.String()),
  Shell: Type.Optional(Type.Array(Type.String())),
})
export type ImageConfig = Type.Static<typeof ImageConfig>

/** ImageManifestSummary represents a summary of an image manifest. */
export interface ImageManifestSummary {
  ID: string
  Descriptor: OCIDescriptor
  Available: boolean
  Size: {
    Total: number
    Content: number
  }
  Kind: 'image' | 'attestation' | 'unknown'
  ImageData?: {
    Platform: OCIPlatform
    Containers: string[]
    Size: {
      Unpacked: number
    }
  } | null
  AttestationData?: {
    For: string
  } | null
}

/** Information about an image in the local image cache. */
export interface ImageInspect {
  Id?: string
  Descriptor?: OCIDescriptor | null
  Manifests?: ImageManifestSummary[] | null
  RepoTags?: string[]
  RepoDigests?: string[]
  Parent?: string
  Comment?: string
  Created?: string | null
  DockerVersion?: string
  Author?: string
  Config?: ImageConfig
  Architecture?: string
  Variant?: string | null
  Os?: string
  OsVersion?: string | null
  Size?: number
  GraphDriver?: DriverData
  RootFS?: {
    Type: string
    Layers?: string[]
  }
  Metadata?: {
    LastTagTime?: string | null
  }
}

export interface ImageSummary {
  Id: string
  ParentId: string
  RepoTags: string[]
  RepoDigests: string[]
  Created: number
  Size: number
  SharedSize: number
  Labels: Record<string, string>
  Containers: number
  Manifests?: ImageManifestSummary[]
  Descriptor?: OCIDescriptor | null
}

export interface ImageDeleteResponseItem {
  Untagged?: string
  Deleted?: string
}

/** Image ID or Digest */
export interface ImageID {
  ID?: string
}

export interface BuildInfo {
  id?: string
  stream?: string
  error?: string | null
  errorDetail?: ErrorDetail
  status?: string
  progress?: string | null
  progressDetail?: ProgressDetail
  aux?: ImageID
}

/** BuildCache contains information about a build cache record. */
export interface BuildCache {
  ID?: string
  Parents?: string[] | null
  Type?: 'internal' | 'frontend' | 'source.local' | 'source.git.checkout' | 'exec.cachemount' | 'regular'
  Description?: string
  InUse?: boolean
  Shared?: boolean
  Size?: number
  CreatedAt?: string
  LastUsedAt?: string | null
  UsageCount?: number
}

export interface CreateImageInfo {
  id?: string
  error?: string | null
  errorDetail?: ErrorDetail
  status?: string
  progress?: string | null
  progressDetail?: ProgressDetail
}

export interface PushImageInfo {
  error?: string | null
  errorDetail?: ErrorDetail
  status?: string
  progress?: string | null
  progressDetail?: ProgressDetail
}

/** DeviceInfo represents a device that can be used by a container. */
export interface DeviceInfo {
  Source?: string
  ID?: string
}

/** Describes the result obtained from contacting the registry to retrieve image metadata. */
export interface DistributionInspect {
  Descriptor: OCIDescriptor
  Platforms: OCIPlatform[]
}

/** An image that a registry has found. */
export interface ImageSearchResult {
  star_count: number
  is_official: boolean
  name: string
  is_automated: boolean
  description: string
}
