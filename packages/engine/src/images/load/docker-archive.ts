import { invalid } from '@essaim/base'
import type { Descriptor } from '../../containerd/index.js'
import { layerMediaType, mediaTypes, parseDocument, type ImageDocument } from '../manifest.js'
import { parseReference, type Reference } from '../reference.js'
import type { Archive } from './archive.js'

/** An image of an archive, all of it in the content store. */
export interface ArchivedImage {
  id: string
  document: ImageDocument
  names: Reference[]
  config: Descriptor
  layers: Descriptor[]
  /** The manifest's own bytes, where the archive has them. */
  manifest?: Descriptor
}

interface Entry {
  Config: string
  RepoTags: string[] | null
  Layers: string[] | null
}

/** The images that `manifest.json` of `docker save` lists. */
export async function dockerImages(archive: Archive): Promise<ArchivedImage[]> {
  const entries = parseEntries(await archive.document('manifest.json'))
  return await Promise.all(entries.map((entry) => readImage(archive, entry)))
}

async function readImage(archive: Archive, entry: Entry): Promise<ArchivedImage> {
  const document = parseDocument(await archive.document(entry.Config))
  const config = archive.file(entry.Config)
  const layers = (entry.Layers ?? []).map((name) => layerOf(archive, name))
  const expected = document.rootfs.diff_ids.length
  if (layers.length !== expected) {
    throw invalid(
      'archive.layers',
      `invalid manifest, layers length mismatch: expected ${expected}, got ${layers.length}`,
    )
  }
  return {
    id: config?.digest ?? '',
    document,
    names: (entry.RepoTags ?? []).map(parseReference),
    config: { mediaType: mediaTypes.dockerConfig, digest: config?.digest ?? '', size: config?.size ?? 0 },
    layers,
  }
}

function layerOf(archive: Archive, name: string): Descriptor {
  const file = archive.file(name)
  if (!file) throw invalid('archive.missing', `open ${name}: no such file or directory`)
  return { mediaType: layerMediaType(file.head), digest: file.digest, size: file.size }
}

function parseEntries(data: Buffer): Entry[] {
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch (cause) {
    throw invalid('archive.manifest', `invalid manifest.json: ${String(cause)}`, { cause })
  }
  if (!Array.isArray(value) || !value.every(isEntry)) {
    throw invalid('archive.manifest', 'invalid manifest.json: it lists images with Config, RepoTags and Layers')
  }
  return value
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null
  const strings = (list: unknown): boolean =>
    list === undefined || list === null || (Array.isArray(list) && list.every((item) => typeof item === 'string'))
  return typeof entry?.Config === 'string' && strings(entry.RepoTags) && strings(entry.Layers)
}
