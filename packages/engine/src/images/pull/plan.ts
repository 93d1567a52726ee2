import { internal, invalid } from '@essaim/base'
import type { Descriptor } from '../../containerd/index.js'
import { digestOf, isIndex, parseDocument, parseManifest, type ImageDocument, type Manifest } from '../manifest.js'
import { selectManifest, type Platform } from '../platform.js'
import { readBody } from '../registry/http.js'
import type { FetchedManifest, Repository } from '../registry/repository.js'

/** All that is to be known before the layers are fetched. */
export interface PullPlan {
  /** What the reference named: a manifest, or an index that `manifest` was chosen from. */
  top: FetchedManifest
  manifest: FetchedManifest
  content: Manifest
  config: Buffer
  document: ImageDocument
  /** `sha256:`: the image's id. */
  id: string
}

const largestConfig = 8 << 20

/** `reference` is a tag or a digest. */
export async function planPull(
  repository: Repository,
  reference: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<PullPlan> {
  const top = await repository.manifest(reference, signal)
  const { manifest, content } = await descend(repository, top, platform, signal)
  const config = await fetchConfig(repository, content.config, signal)
  const document = parseDocument(config)
  if (document.rootfs.diff_ids.length !== content.layers.length) {
    throw invalid('image.layers', "layers from manifest don't match image configuration")
  }
  return { top, manifest, content, config, document, id: content.config.digest }
}

async function descend(
  repository: Repository,
  fetched: FetchedManifest,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ manifest: FetchedManifest; content: Manifest }> {
  const parsed = parseManifest(fetched.data)
  if (!isIndex(parsed)) return { manifest: withType(fetched, parsed.mediaType), content: parsed }
  const chosen = selectManifest(parsed.manifests, platform)
  const manifest = await repository.manifest(chosen.digest, signal)
  const content = parseManifest(manifest.data)
  if (isIndex(content)) throw invalid('image.index', `${chosen.digest} is an index within an index`)
  return { manifest: withType(manifest, content.mediaType), content }
}

/** A manifest that says what it is is right about it. */
const withType = (fetched: FetchedManifest, mediaType: string | undefined): FetchedManifest =>
  mediaType === undefined ? fetched : { ...fetched, mediaType }

async function fetchConfig(repository: Repository, config: Descriptor, signal: AbortSignal): Promise<Buffer> {
  if (config.size > largestConfig)
    throw invalid('image.config', `the image's configuration is too large: ${config.size} bytes`)
  const { body } = await repository.blob(config.digest, 0, signal)
  const data = await readBody(body, largestConfig)
  if (digestOf(data) !== config.digest) {
    throw internal('registry.digest', `image config verification failed for digest ${config.digest}`)
  }
  return data
}
