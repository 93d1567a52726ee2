import { pruning } from '../../core/prune.js'

export default pruning('image', 'the images without a name that no container has', async ({ client }, filters) => {
  const { ImagesDeleted, SpaceReclaimed } = await client.images.prune(filters)
  const removed = (ImagesDeleted ?? []).map(({ Untagged, Deleted = '' }) => Untagged ?? Deleted)
  return { removed, freed: SpaceReclaimed }
})
