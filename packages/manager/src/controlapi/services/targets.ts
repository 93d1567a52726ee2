import { internal, notFound } from '@essaim/base'
import type { NetworkAttachmentConfig, ServiceSpec } from '@essaim/api-types'
import { isPredefined } from '../../allocator/index.js'
import type { View } from '../../store/index.js'
import { invalidArgument } from '../refusal.js'

/** Networks that are on every host but that no service can use. */
const localOnly = ['none', 'null']

/** The specification with every network named by its id, in the order given. */
export function withNetworkIds(view: View, spec: ServiceSpec): ServiceSpec {
  const inTemplate = spec.TaskTemplate?.Networks
  return {
    ...spec,
    ...(spec.Networks && { Networks: byId(view, spec.Networks) }),
    ...(inTemplate && { TaskTemplate: { ...spec.TaskTemplate, Networks: byId(view, inTemplate) } }),
  }
}

function byId(view: View, networks: NetworkAttachmentConfig[]): NetworkAttachmentConfig[] {
  return networks.map((attachment) => ({ ...attachment, Target: networkId(view, attachment.Target ?? '') }))
}

function networkId(view: View, ref: string): string {
  const named = view.find('network', 'name', ref)
  const network = view.get('network', ref) ?? named.find((one) => isPredefined(one)) ?? named[0]
  if (network === undefined && localOnly.includes(ref)) {
    const message = `could not find the corresponding predefined swarm network: network ${ref} not found`
    throw notFound('network.not-found', message)
  }
  if (network === undefined) throw internal('network.not-found', `network ${ref} not found`)
  return network.ID
}

/** Only published ports bring a service to the ingress network. */
export function checkNetworks(view: View, spec: ServiceSpec): void {
  for (const { Target = '' } of [...(spec.TaskTemplate?.Networks ?? []), ...(spec.Networks ?? [])]) {
    const network = view.get('network', Target)
    if (network?.Spec.Ingress === true) {
      const message = `Service cannot be explicitly attached to the ingress network "${network.Spec.Name}"`
      throw invalidArgument('service.network', message)
    }
  }
}
