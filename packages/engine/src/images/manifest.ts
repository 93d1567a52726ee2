import { decode, ImageConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { createHash } from 'node:crypto'
import type { Descriptor } from '../containerd/index.js'

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const

export interface Manifest {
  schemaVersion: 2
  mediaType?: string
  config: Descriptor
  layers: Descriptor[]
}

export interface IndexEntry extends Descriptor {
  platform?: { os?: string; architecture?: string; variant?: string }
}

export interface Index {
  schemaVersion: 2
  mediaType?: string
  manifests: IndexEntry[]
}

export interface HistoryEntry {
  created?: string
  created_by?: string
  author?: string
  comment?: string
  empty_layer?: boolean
}

/** The configuration blob of an image: what the image's id is the digest of. */
export interface ImageDocument {
  architecture: string
  variant?: string
  os: string
  'os.version'?: string
  created?: string
  author?: string
  comment?: string
  docker_version?: string
  config: ImageConfig
  rootfs: { type: string; diff_ids: string[] }
  history: HistoryEntry[]
}

export function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`
}

/** OCI image specification, "Layer ChainID": the names of the snapshots from the lowest layer up. */
export function chainIds(diffIds: string[]): string[] {
  const chain: string[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below === undefined ? diffId : digestOf(Buffer.from(`${below} ${diffId}`)))
  }
  return chain
}

/** Throws when the blob is no manifest or index of schema 2. */
export function parseManifest(data: Buffer): Manifest | Index {
  const value = parseObject(data, 'manifest')
  if (value.schemaVersion === 1) {
    throw invalid('image.schema1', 'the registry answered a manifest of schema version 1, which is not supported', {
      hint: 'push the image again with a client of this decade',
    })
  }
  if (Array.isArray(value.manifests) && value.manifests.every(isDescriptor)) return value as unknown as Index
  if (isDescriptor(value.config) && Array.isArray(value.layers) && value.layers.every(isDescriptor)) {
    return value as unknown as Manifest
  }
  throw invalid('image.manifest', 'invalid manifest: it has neither config and layers nor manifests')
}

export function isIndex(value: Manifest | Index): value is Index {
  return 'manifests' in value
}

/** Throws when the blob is no image configuration. */
export function parseDocument(data: Buffer): ImageDocument {
  const value = parseObject(data, 'image configuration')
  const rootfs = value.rootfs as Partial<ImageDocument['rootfs']> | undefined
  const diffIds: unknown = rootfs?.diff_ids ?? []
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === 'string')) {
    throw invalid('image.config', 'invalid image JSON, no RootFS key')
  }
  return {
    ...(value as unknown as ImageDocument),
    architecture: textOr(value.architecture, ''),
    os: textOr(value.os, 'linux'),
    config: decode(ImageConfig, value.config ?? {}, 'config'),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: Array.isArray(value.history) ? (value.history as HistoryEntry[]) : [],
  }
}

/** By content, so that a wrong media type in an archive does no harm. */
export function layerMediaType(head: Buffer): string {
  if (head[0] === 0x1f && head[1] === 0x8b) return mediaTypes.dockerLayerGzip
  if (head.readUInt32LE(0) === 0xfd2fb528) return mediaTypes.ociLayerZstd
  return mediaTypes.dockerLayer
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

function parseObject(data: Buffer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (cause) {
    throw invalid('image.json', `invalid ${what}: ${String(cause)}`, { cause })
  }
  throw invalid('image.json', `invalid ${what}: not a JSON object`)
}

function isDescriptor(value: unknown): value is Descriptor {
  const candidate = value as Partial<Descriptor> | null | undefined
  return (
    typeof candidate?.digest === 'string' &&
    /^sha256:[0-9a-f]{64}$/.test(candidate.digest) &&
    typeof candidate.size === 'number'
  )
}
