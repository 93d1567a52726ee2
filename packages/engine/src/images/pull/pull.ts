import { forbidden } from '@essaim/base'
import type { ProgressMessage, PullOptions } from '@essaim/api-types'
import type { Descriptor } from '../../containerd/index.js'
import { link, putBlob } from '../blobs.js'
import { chainIds } from '../manifest.js'
import { hostPlatform, parsePlatform, type Platform } from '../platform.js'
import { progressStream, type Emit } from '../progress.js'
import { familiarName, familiarRepository, parseReference, type Reference } from '../reference.js'
import { explainPull } from '../registry/refusal.js'
import type { FetchedManifest, Repository } from '../registry/repository.js'
import { withEndpoint, type PullContext } from './endpoint.js'
import { pullLayers } from './layers.js'
import { planPull, type PullPlan } from './plan.js'

/** `docker pull`. A reference with neither tag nor digest stands for all tags of its repository. */
export async function pull(
  context: PullContext,
  options: PullOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressMessage>> {
  const reference = parseReference(options.reference)
  // The name of no base image in a Dockerfile.
  if (familiarRepository(reference) === 'scratch') throw forbidden('image.reserved', "'scratch' is a reserved name")
  const platform = options.platform === undefined ? hostPlatform() : parsePlatform(options.platform)
  return await progressStream(async (emit) => {
    const settings = { actions: 'pull', signal, ...(options.auth && { auth: options.auth }) }
    const names = { repository: familiarRepository(reference), whole: familiarName(reference) }
    const changed = await withEndpoint(context, reference, settings, async (repository) => {
      const wanted = await referencesOf(repository, reference, signal)
      let newer = false
      for (const one of wanted) newer = (await pullOne(context, repository, one, platform, emit, signal)) || newer
      return newer
    }).catch((error: unknown) => {
      throw explainPull(error, names)
    })
    const status = changed ? 'Downloaded newer image' : 'Image is up to date'
    emit({ status: `Status: ${status} for ${familiarName(reference)}` })
  })
}

async function referencesOf(repository: Repository, reference: Reference, signal: AbortSignal): Promise<Reference[]> {
  if (reference.tag !== undefined || reference.digest !== undefined) return [reference]
  return (await repository.tags(signal)).map((tag) => ({ ...reference, tag }))
}

/** Answers whether the name stands for another image than before. */
async function pullOne(
  context: PullContext,
  repository: Repository,
  reference: Reference,
  platform: Platform,
  emit: Emit,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = reference.digest ?? reference.tag ?? ''
  return await context.containerd.leases.during('pull', async (lease) => {
    const plan = await planPull(context.configs, repository, wanted, platform, lease, signal)
    emit({ status: `Pulling from ${reference.path}`, id: wanted })
    const changed = await install(context, repository, reference, plan, lease, emit, signal)
    emit({ status: `Digest: ${plan.top.digest}` })
    const familiar = familiarName(reference)
    const attributes = { ...plan.document.config.Labels, name: familiarRepository(reference) }
    context.events.publish('image', 'pull', familiar, attributes)
    return changed
  })
}

async function install(
  context: PullContext,
  repository: Repository,
  reference: Reference,
  plan: PullPlan,
  lease: string,
  emit: Emit,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, containerd } = context
  const named = reference.digest === undefined ? reference : withoutTag(reference)
  const byDigest = { ...withoutTag(reference), digest: plan.top.digest }
  const unchanged = (await store.findId(familiarName(named))) === plan.id
  if (!unchanged) await pullLayers(context, repository, reference, plan, lease, emit, signal)
  await putBlob(containerd, plan.config, lease)
  await putBlob(containerd, plan.manifest.data, lease)
  const { content, document } = plan
  const chain = chainIds(document.rootfs.diff_ids)
  await link(containerd, { digest: plan.manifest.digest, config: content.config, layers: content.layers, chain })
  if (plan.top.digest !== plan.manifest.digest) {
    await putBlob(containerd, plan.top.data, lease, { 'containerd.io/gc.ref.content.m.0': plan.manifest.digest })
  }
  await store.put(plan.id, descriptorOf(plan.manifest), { lease })
  await store.name(byDigest, plan.id, descriptorOf(plan.top), { lease })
  if (reference.digest === undefined) await store.name(reference, plan.id, descriptorOf(plan.manifest), { lease })
  return !unchanged
}

const withoutTag = ({ domain, path, digest }: Reference): Reference => ({
  domain,
  path,
  ...(digest !== undefined && { digest }),
})

const descriptorOf = ({ mediaType, digest, data }: FetchedManifest): Descriptor => ({
  mediaType,
  digest,
  size: data.length,
})
