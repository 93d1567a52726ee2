import type { NetworkAttachmentConfig, NetworkCreateRequest } from '@essaim/api-types'
import { type Place, problem, shown } from '../problem.js'
import type { Located } from '../read/reader.js'
import type { ComposeModel, NetworkModel } from '../shape/compose-file.js'
import type { ServiceModel } from '../shape/service.js'
import type { Namespace } from './namespace.js'

export interface NetworkPlans {
  own: NetworkCreateRequest[]
  /** They must be there already, in the cluster's scope. */
  external: { name: string; at: Place; path: string }[]
}

/** The networks that services use; one that is defined and not used is not made. */
export function planNetworks(model: ComposeModel, namespace: Namespace): NetworkPlans {
  const plans: NetworkPlans = { own: [], external: [] }
  for (const key of usedNetworks(model)) {
    const found = model.networks?.[key]
    const name = nameOf(key, found?.value ?? {}, namespace)
    if (found?.value.external?.external) plans.external.push({ name, at: found.at, path: found.path })
    else plans.own.push(requestFor(name, found?.value ?? {}, namespace))
  }
  return plans
}

function usedNetworks(model: ComposeModel): Set<string> {
  const services = Object.values(model.services ?? {})
  return new Set(services.flatMap(({ value }) => (hasNone(value) ? ['default'] : Object.keys(value.networks ?? {}))))
}

function requestFor(name: string, network: NetworkModel, namespace: Namespace): NetworkCreateRequest {
  const { driver, config, options } = network.ipam ?? {}
  const pools = config?.map((pool) => ({
    ...(pool.subnet !== undefined && { Subnet: pool.subnet }),
    ...(pool.gateway !== undefined && { Gateway: pool.gateway }),
    ...(pool.ip_range !== undefined && { IPRange: pool.ip_range }),
    ...(pool.aux_addresses && { AuxiliaryAddresses: pool.aux_addresses }),
  }))
  return {
    Name: name,
    Driver: network.driver ?? 'overlay',
    Labels: namespace.labels(network.labels),
    ...(network.driver_opts && { Options: network.driver_opts }),
    ...(network.internal && { Internal: true }),
    ...(network.attachable && { Attachable: true }),
    ...(network.enable_ipv6 && { EnableIPv6: true }),
    ...((driver !== undefined || pools?.length) && {
      IPAM: {
        ...(driver !== undefined && { Driver: driver }),
        Config: pools ?? [],
        ...(options && { Options: options }),
      },
    }),
  }
}

/** What the service is attached to, in the order of the networks' names; each knows it by its short name too. */
export function attachments(
  key: string,
  service: ServiceModel,
  model: ComposeModel,
  namespace: Namespace,
): NetworkAttachmentConfig[] {
  const uses: NonNullable<ServiceModel['networks']> = hasNone(service)
    ? { default: { value: {}, at: { file: '', line: 1, column: 1 }, path: '' } }
    : (service.networks ?? {})
  return Object.entries(uses)
    .map(([name, use]) => {
      const network = model.networks?.[name]
      if (!network && name !== 'default') throw undefinedNetwork(name, use, model)
      const target = nameOf(name, network?.value ?? {}, namespace)
      const aliases = [...(use.value.aliases ?? []), ...(isUserDefined(target) ? [key] : [])]
      return {
        Target: target,
        ...(aliases.length > 0 && { Aliases: aliases }),
        ...(use.value.driver_opts && { DriverOpts: use.value.driver_opts }),
      }
    })
    .toSorted((a, b) => (a.Target < b.Target ? -1 : 1))
}

function undefinedNetwork(name: string, use: Located<unknown>, model: ComposeModel): Error {
  const known = Object.keys(model.networks ?? {})
    .toSorted()
    .join(', ')
  const what = `undefined network ${shown(name)}; the section networks ${known === '' ? 'is empty' : `has ${known}`}`
  return problem(use.at, use.path, what)
}

function nameOf(key: string, network: NetworkModel, namespace: Namespace): string {
  if (network.external?.external) return network.external.name ?? network.name ?? key
  return network.name ?? namespace.scope(key)
}

/** The engine's own networks know no aliases. */
export function isUserDefined(name: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(name) && !name.startsWith('container:')
}

const hasNone = (service: ServiceModel): boolean => Object.keys(service.networks ?? {}).length === 0
