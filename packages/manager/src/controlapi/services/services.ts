import type { Clock, Ids } from '@essaim/base'
import type { AuthConfig, Filters, Identity, LogsOptions, LogStream, ServiceCreateResponse } from '@essaim/api-types'
import type { ServiceSpec, ServiceUpdateResponse } from '@essaim/api-types'
import type { Store } from '../../store/index.js'
import { resolve } from '../resolve.js'
import { settled } from '../settled.js'
import { serviceAnswer, type ServiceAnswer } from './answer.js'
import { createService } from './create.js'
import { listServices } from './list.js'
import { updateService } from './update.js'

/** Gives the logs of services and tasks; the log broker. */
export interface LogSource {
  logs(
    selector: { serviceId: string } | { taskId: string },
    options: LogsOptions,
    signal: AbortSignal,
  ): Promise<LogStream>
}

export interface ServiceUpdate {
  version: number
  spec: ServiceSpec
  rollback: boolean
  registryAuthFrom: 'spec' | 'previous-spec'
  auth?: AuthConfig
}

export class Services {
  constructor(
    private readonly store: Store,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly broker: LogSource,
  ) {}

  list({ filters, status }: { filters: Filters; status: boolean }): Promise<ServiceAnswer[]> {
    return settled(() => {
      const view = this.store.view()
      return listServices(view, filters).map((service) => serviceAnswer(view, service, { status }))
    })
  }

  inspect(ref: string, options: { insertDefaults: boolean }): Promise<ServiceAnswer> {
    return settled(() => {
      const view = this.store.view()
      return serviceAnswer(view, resolve(view, 'service', ref), options)
    })
  }

  async create(spec: ServiceSpec, caller: Identity, auth?: AuthConfig): Promise<ServiceCreateResponse> {
    const { ID } = await this.store.update(caller, 'service create', (tx) =>
      createService(tx, spec, this.ids, this.clock, auth),
    )
    return { ID }
  }

  async update(ref: string, options: ServiceUpdate, caller: Identity): Promise<ServiceUpdateResponse> {
    const reason = options.rollback ? 'service rollback' : 'service update'
    await this.store.update(caller, reason, (tx) => {
      updateService(tx, resolve(tx, 'service', ref), options, this.clock)
    })
    return { Warnings: null }
  }

  async remove(ref: string, caller: Identity): Promise<void> {
    await this.store.update(caller, 'service remove', (tx) => tx.remove('service', resolve(tx, 'service', ref).ID))
  }

  async logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream> {
    const service = resolve(this.store.view(), 'service', ref)
    return this.broker.logs({ serviceId: service.ID }, options, signal)
  }
}
