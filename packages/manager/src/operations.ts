import type { Clock, Ids } from '@essaim/base'
import { ClusterObject } from './controlapi/cluster/cluster.js'
import type { NamedData } from './controlapi/named-data.js'
import { Networks } from './controlapi/networks/networks.js'
import { Nodes } from './controlapi/nodes.js'
import { createConfigs, createSecrets } from './controlapi/secrets.js'
import { Services } from './controlapi/services/services.js'
import { Tasks } from './controlapi/tasks/tasks.js'
import { LogBroker } from './logbroker/index.js'
import type { Store } from './store/index.js'

/** What clients ask of the cluster, by its objects. Over a follower's store it can be read only. */
export class Operations {
  readonly services: Services
  readonly tasks: Tasks
  readonly nodes: Nodes
  readonly secrets: NamedData<'secret'>
  readonly configs: NamedData<'config'>
  readonly networks: Networks
  readonly cluster: ClusterObject
  protected readonly broker: LogBroker

  constructor(
    readonly store: Store,
    clock: Clock,
    ids: Ids,
  ) {
    this.broker = new LogBroker(store, ids)
    this.services = new Services(store, ids, clock, this.broker)
    this.tasks = new Tasks(store, this.broker)
    this.nodes = new Nodes(store, clock)
    this.secrets = createSecrets(store, ids)
    this.configs = createConfigs(store, ids)
    this.networks = new Networks(store, ids, clock)
    this.cluster = new ClusterObject(store, clock)
  }
}
