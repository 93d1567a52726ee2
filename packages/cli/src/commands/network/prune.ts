import { pruning } from '../../core/prune.js'

export default pruning('network', 'the networks that no container is on', async ({ client }, filters) => {
  const { NetworksDeleted } = await client.networks.prune(filters)
  return { removed: NetworksDeleted ?? [] }
})
