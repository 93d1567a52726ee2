import { pruning } from '../../core/prune.js'

export default pruning('volume', 'the volumes without a name that no container has', async ({ client }, filters) => {
  const { VolumesDeleted, SpaceReclaimed } = await client.volumes.prune(filters)
  return { removed: VolumesDeleted ?? [], freed: SpaceReclaimed }
})
