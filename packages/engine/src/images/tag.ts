import type { ImagesContext } from './context.js'
import { familiarName, parseRepoTag } from './reference.js'

export async function tag(
  { store, events }: ImagesContext,
  ref: string,
  target: { repo: string; tag: string },
): Promise<void> {
  const id = await store.idOf(ref)
  const name = parseRepoTag(target.repo, target.tag)
  const image = await store.get(id)
  await store.name(name, id, image.target)
  const { config } = await store.document(id)
  events.publish('image', 'tag', id, { ...config.Labels, name: familiarName(name) })
}
