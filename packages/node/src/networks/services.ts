import type { ServiceSpec } from '@essaim/api-types'
import { EssaimError, forbidden } from '@essaim/base'
import type { Manager } from '@essaim/manager'
import type { LocalNetworks } from './contract.js'

type Services = Pick<Manager['services'], 'list' | 'inspect' | 'create' | 'update' | 'remove' | 'logs'>

/** Services, with Docker's word for a network that is of this host alone: managers do not know of those. */
export function servicesBeside(services: Services, local: Pick<LocalNetworks, 'inspect'>): Services {
  const explained = async <T>(spec: ServiceSpec, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof EssaimError && error.code === 'network.not-found') await refuseLocal(local, spec)
      throw error
    }
  }
  return {
    list: (options) => services.list(options),
    inspect: (ref, options) => services.inspect(ref, options),
    create: (spec, caller, auth) => explained(spec, services.create(spec, caller, auth)),
    update: (ref, options, caller) => explained(options.spec, services.update(ref, options, caller)),
    remove: (ref, caller) => services.remove(ref, caller),
    logs: (ref, options, signal) => services.logs(ref, options, signal),
  }
}

async function refuseLocal(local: Pick<LocalNetworks, 'inspect'>, spec: ServiceSpec): Promise<void> {
  const targets = [...(spec.TaskTemplate?.Networks ?? []), ...(spec.Networks ?? [])]
  for (const { Target: target = '' } of targets) {
    const network = await local.inspect(target, { verbose: false }).catch(() => undefined)
    if (network?.Scope !== 'local') continue
    throw forbidden(
      'service.local-network',
      `The network ${target} cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver.`,
    )
  }
}
