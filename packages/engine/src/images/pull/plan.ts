import { invalid } from '@essaim/base'
import { isIndex, parseDocument, parseManifest, type ImageDocument, type Index, type Manifest } from '../manifest.js'
import { selectManifest, type Platform } from '../platform.js'
import type { FetchedManifest, Repository } from '../registry/repository.js'
import type { Configs } from './config.js'
import { checkedMediaType, checkImageTypes } from './media-types.js'

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

/** `reference` is a tag or a digest. */
export async function planPull(
  configs: Configs,
  repository: Repository,
  reference: string,
  platform: Platform,
  lease: string,
  signal: AbortSignal,
): Promise<PullPlan> {
  const { fetched: top, content: named } = await fetchManifest(repository, reference, signal)
  const { manifest, content } = await descend(repository, top, named, platform, signal)
  checkImageTypes(content)
  const config = await configs.fetch(repository, content.config, signal, lease)
  const document = parseDocument(config)
  if (document.os !== 'linux') {
    const os = JSON.stringify(document.os)
    throw invalid('image.os', `image operating system ${os} cannot be used on this platform`)
  }
  if (document.rootfs.diff_ids.length !== content.layers.length) {
    throw invalid('image.layers', "layers from manifest don't match image configuration")
  }
  return { top, manifest, content, config, document, id: content.config.digest }
}

async function descend(
  repository: Repository,
  top: FetchedManifest,
  named: Manifest | Index,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ manifest: FetchedManifest; content: Manifest }> {
  if (!isIndex(named)) return { manifest: top, content: named }
  const chosen = selectManifest(named.manifests, platform)
  const { fetched, content } = await fetchManifest(repository, chosen.digest, signal)
  if (isIndex(content)) throw invalid('image.index', `${chosen.digest} is an index within an index`)
  return { manifest: fetched, content }
}

async function fetchManifest(
  repository: Repository,
  reference: string,
  signal: AbortSignal,
): Promise<{ fetched: FetchedManifest; content: Manifest | Index }> {
  const fetched = await repository.manifest(reference, signal)
  const content = parseManifest(fetched.data)
  return { fetched: { ...fetched, mediaType: checkedMediaType(fetched, content) }, content }
}
