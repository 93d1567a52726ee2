import { pruning } from '../../core/prune.js'

export default pruning('container', 'all stopped containers', async ({ client }, filters) => {
  const { ContainersDeleted, SpaceReclaimed } = await client.containers.prune(filters)
  return { removed: ContainersDeleted ?? [], freed: SpaceReclaimed }
})
