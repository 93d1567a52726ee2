import { invalid } from '@essaim/base'
import { Readable } from 'node:stream'
import { pack, type Pack } from 'tar-stream'
import type { Descriptor } from '../containerd/index.js'
import { layersOf } from './layers.js'
import type { ImagesContext } from './context.js'
import { mediaTypes } from './manifest.js'
import { familiarName, fullName, parseReference, repositoryOf, type Reference } from './reference.js'
import { noSuchImage, type StoredImage } from './store.js'

interface Chosen {
  image: StoredImage
  names: Reference[]
}

/**
 * `docker save`: an archive that is an OCI layout and has the older table of contents besides, so that every engine
 * reads it. Layers go out as they came in: digests stay what they were.
 */
export async function save(context: ImagesContext, refs: string[], signal: AbortSignal): Promise<Readable> {
  const chosen = await choose(context, refs)
  const archive = pack()
  const work = context.containerd.leases.during('save', (lease) => write(context, archive, chosen, lease, signal))
  work.then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return Readable.from(archive, { objectMode: false })
}

/** A repository without a tag stands for all of its tags. */
async function choose({ store }: ImagesContext, refs: string[]): Promise<Chosen[]> {
  if (refs.length === 0) throw invalid('image.save', 'no image names are given')
  const chosen = new Map<string, Chosen>()
  const add = (image: StoredImage, names: Reference[]): void => {
    const known = chosen.get(image.id) ?? { image, names: [] }
    known.names.push(...names)
    chosen.set(image.id, known)
  }
  for (const ref of refs) {
    const reference = /^(sha256:)?[0-9a-f]{64}$/.test(ref) ? undefined : parseReference(ref)
    if (reference && reference.tag === undefined && reference.digest === undefined) {
      const sameRepository = (tag: Reference): boolean => repositoryOf(tag) === repositoryOf(reference)
      const images = (await store.list()).filter(({ tags }) => tags.some(sameRepository))
      for (const image of images) add(image, image.tags.filter(sameRepository))
      if (images.length > 0) continue
    }
    const id = await store.findId(ref)
    if (id === undefined) throw noSuchImage(ref)
    const image = await store.get(id)
    add(
      image,
      image.tags.filter((tag) => reference?.tag !== undefined && fullName(tag) === fullName(reference)),
    )
  }
  return [...chosen.values()]
}

async function write(
  context: ImagesContext,
  archive: Pack,
  chosen: Chosen[],
  lease: string,
  signal: AbortSignal,
): Promise<void> {
  const written = new Set<string>()
  const manifests: object[] = []
  const table: object[] = []
  for (const { image, names } of chosen) {
    const document = await context.store.document(image.id)
    const layers = await layersOf(context, image.target, document, lease)
    const config = await context.containerd.content.info(image.id)
    for (const { digest, size } of [...layers.map(({ blob }) => blob), config, image.target]) {
      if (written.has(digest)) continue
      written.add(digest)
      await writeBlobEntry(context, archive, { digest, size }, signal)
    }
    table.push({
      Config: blobPath(image.id),
      RepoTags: names.length > 0 ? names.map(familiarName) : null,
      Layers: layers.map(({ blob }) => blobPath(blob.digest)),
    })
    manifests.push(...indexEntries(image, names))
  }
  writeJson(archive, 'index.json', { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
  writeJson(archive, 'manifest.json', table)
  writeJson(archive, 'oci-layout', { imageLayoutVersion: '1.0.0' })
}

function indexEntries({ target }: StoredImage, names: Reference[]): object[] {
  const { mediaType, digest, size } = target
  if (names.length === 0) return [{ mediaType, digest, size }]
  return names.map((name) => ({
    mediaType,
    digest,
    size,
    annotations: {
      'io.containerd.image.name': fullName(name),
      'org.opencontainers.image.ref.name': name.tag ?? '',
    },
  }))
}

async function writeBlobEntry(
  { containerd }: ImagesContext,
  archive: Pack,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const entry = archive.entry({ name: blobPath(digest), size, mtime: new Date(0) }, (error) => {
      if (error) reject(error)
      else resolve()
    })
    const source = Readable.from(containerd.content.read(digest, { signal }))
    source.on('error', reject)
    source.pipe(entry)
  })
}

function writeJson(archive: Pack, name: string, value: object): void {
  archive.entry({ name, mtime: new Date(0) }, JSON.stringify(value))
}

const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`
