import type { ImageDeleteResponseItem } from '@essaim/api-types'
import { conflict, shortId } from '@essaim/base'
import { isCode } from '../containerd/index.js'
import type { ImagesContext } from './context.js'
import { chainIds } from './manifest.js'
import { familiarName, parseReference, repositoryOf, type Reference } from './reference.js'
import type { StoredImage } from './store.js'

/**
 * `docker rmi`. A name loses its name first, and the image goes with its last name; an id goes with all of its names
 * when they are of one repository. What a container uses stays, unless forced; what a running one uses stays.
 */
export async function remove(
  context: ImagesContext,
  ref: string,
  options: { force: boolean; noPrune: boolean },
): Promise<ImageDeleteResponseItem[]> {
  const id = await context.store.idOf(ref)
  const image = await context.store.get(id)
  if (isPrefixOf(id, ref)) return await removeById(context, image, options.force)
  return await removeByName(context, image, ref, options.force)
}

async function removeByName(
  context: ImagesContext,
  image: StoredImage,
  ref: string,
  force: boolean,
): Promise<ImageDeleteResponseItem[]> {
  const parsed = parseReference(ref)
  const name = [...image.tags, ...image.digests].find((candidate) => {
    if (repositoryOf(candidate) !== repositoryOf(parsed)) return false
    return parsed.digest === undefined ? candidate.tag === (parsed.tag ?? 'latest') : candidate.digest === parsed.digest
  })
  if (!name) throw conflict('image.name', `${ref} is no name of ${image.id}`)
  if (!force && isSingle(image)) refuseNamed(context, image, name)
  const removed = [await untag(context, image, name)]
  const left = without(image, name)
  // Without tags of its repository a digest would keep an image that nobody asked for.
  if (name.digest === undefined && !left.tags.some((tag) => repositoryOf(tag) === repositoryOf(name))) {
    for (const digest of left.digests.filter((one) => repositoryOf(one) === repositoryOf(name))) {
      removed.push(await untag(context, image, digest))
      left.digests.splice(left.digests.indexOf(digest), 1)
    }
  }
  if (left.tags.length + left.digests.length > 0) return removed
  // A stopped container's use is no obstacle here: without force it was refused above.
  refuseRunning(context, image)
  return [...removed, ...(await destroy(context, image))]
}

async function removeById(
  context: ImagesContext,
  image: StoredImage,
  force: boolean,
): Promise<ImageDeleteResponseItem[]> {
  refuseRunning(context, image)
  if (!force) {
    if (!isSingle(image)) throw refused(image, 'must be forced', 'image is referenced in multiple repositories')
    const stopped = context.users.containersOf(image.id).find(({ running }) => !running)
    if (stopped)
      throw refused(image, 'must be forced', `image is being used by stopped container ${shortId(stopped.id)}`)
  }
  const removed: ImageDeleteResponseItem[] = []
  for (const name of [...image.tags, ...image.digests]) removed.push(await untag(context, image, name))
  return [...removed, ...(await destroy(context, image))]
}

async function untag(context: ImagesContext, image: StoredImage, name: Reference): Promise<ImageDeleteResponseItem> {
  await context.store.unname(name)
  const { config } = await context.store.document(image.id)
  context.events.publish('image', 'untag', image.id, { ...config.Labels, name: image.id })
  return { Untagged: familiarName(name) }
}

/** The image itself, and the layers that went with it. */
export async function destroy(context: ImagesContext, image: StoredImage): Promise<ImageDeleteResponseItem[]> {
  const { store, containerd } = context
  const document = await store.document(image.id)
  await store.drop(image.id)
  context.events.publish('image', 'delete', image.id, { ...document.config.Labels, name: image.id })
  const removed: ImageDeleteResponseItem[] = [{ Deleted: image.id }]
  for (const chainId of chainIds(document.rootfs.diff_ids).toReversed()) {
    try {
      await containerd.snapshots.stat(chainId)
    } catch (error) {
      if (!isCode(error, 'NOT_FOUND')) throw error
      removed.push({ Deleted: chainId })
    }
  }
  return removed
}

function refuseNamed({ users }: ImagesContext, image: StoredImage, name: Reference): void {
  const [user] = users.containersOf(image.id)
  if (!user) return
  throw conflict(
    'image.in-use',
    `conflict: unable to remove repository reference "${familiarName(name)}" (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`,
  )
}

function refuseRunning({ users }: ImagesContext, image: StoredImage): void {
  const user = users.containersOf(image.id).find(({ running }) => running)
  if (user) throw refused(image, 'cannot be forced', `image is being used by running container ${shortId(user.id)}`)
}

const refused = (image: StoredImage, force: string, why: string): Error =>
  conflict('image.in-use', `conflict: unable to delete ${shortId(image.id)} (${force}) - ${why}`)

/** Whether its names count as one: a tag, and digests of the same repository. */
function isSingle({ tags, digests }: StoredImage): boolean {
  if (tags.length + digests.length <= 1) return true
  return tags.length <= 1 && new Set([...tags, ...digests].map(repositoryOf)).size === 1
}

const without = (image: StoredImage, name: Reference): StoredImage => ({
  ...image,
  tags: image.tags.filter((one) => one !== name),
  digests: image.digests.filter((one) => one !== name),
})

const isPrefixOf = (id: string, ref: string): boolean =>
  id.startsWith(ref) || id.slice('sha256:'.length).startsWith(ref)
