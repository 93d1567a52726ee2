import { invalid } from '@essaim/base'
import { isIndex, layerMediaType, mediaTypes, parseDocument, parseManifest, type IndexEntry } from '../manifest.js'
import { selectManifest, type Platform } from '../platform.js'
import { parseReference, type Reference } from '../reference.js'
import type { Archive } from './archive.js'
import type { ArchivedImage } from './docker-archive.js'

/** The images that `index.json` of an OCI image layout lists. */
export async function ociImages(archive: Archive, platform: Platform): Promise<ArchivedImage[]> {
  const index = parseManifest(await archive.document('index.json'))
  if (!isIndex(index)) throw invalid('archive.index', 'invalid index.json: it lists no manifests')
  // Several names of one image are several entries with one digest.
  const names = new Map<string, { entry: IndexEntry; names: Reference[] }>()
  for (const entry of index.manifests) {
    const known = names.get(entry.digest) ?? { entry, names: [] }
    known.names.push(...nameOf(entry))
    names.set(entry.digest, known)
  }
  return await Promise.all([...names.values()].map(({ entry, names }) => readImage(archive, entry, names, platform)))
}

async function readImage(
  archive: Archive,
  entry: IndexEntry,
  names: Reference[],
  platform: Platform,
): Promise<ArchivedImage> {
  const content = parseManifest(await archive.document(blobPath(entry.digest)))
  if (isIndex(content)) {
    return await readImage(archive, selectManifest(content.manifests, platform), names, platform)
  }
  const document = parseDocument(await archive.document(blobPath(content.config.digest)))
  const layers = content.layers.map(({ digest }) => {
    const file = archive.file(blobPath(digest))
    if (!file) throw invalid('archive.missing', `open ${blobPath(digest)}: no such file or directory`)
    checkDigest(digest, file.digest)
    return { mediaType: layerMediaType(file.head), digest, size: file.size }
  })
  for (const { digest } of [entry, content.config]) checkDigest(digest, archive.file(blobPath(digest))?.digest)
  const { digest, size } = entry
  return {
    id: content.config.digest,
    document,
    names,
    config: content.config,
    layers,
    manifest: { mediaType: content.mediaType ?? mediaTypes.ociManifest, digest, size },
  }
}

const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`

/** containerd and docker write whole names; OCI's own annotation may hold a tag alone, which names no repository. */
function nameOf({ annotations = {} }: IndexEntry): Reference[] {
  const whole = annotations['io.containerd.image.name']
  if (whole !== undefined) return [parseReference(whole)]
  const short = annotations['org.opencontainers.image.ref.name']
  return short !== undefined && /[/:]/.test(short) ? [parseReference(short)] : []
}

function checkDigest(expected: string, got: string | undefined): void {
  if (expected !== got) {
    throw invalid('archive.digest', `the archive is damaged: ${blobPath(expected)} holds ${got ?? 'nothing'}`)
  }
}
