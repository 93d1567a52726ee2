import { internal } from '@essaim/base'
import type { Cluster } from '@essaim/api-types'
import type { View } from '../../store/index.js'

/** The one cluster of the store. */
export function theCluster(view: View): Cluster {
  for (const cluster of view.all('cluster')) return cluster
  throw internal('cluster.absent', 'the store holds no cluster')
}
