import type { ClusterNetwork, NetworkAttachmentConfig, Service } from '@essaim/api-types'
import type { View } from '../store/index.js'
import { usesIngress } from './ports.js'

/** A network that exists on every host by itself (`host`, `bridge`): nothing of it is allocated. */
export const predefinedLabel = 'com.docker.swarm.predefined'

export const isPredefined = ({ Spec }: ClusterNetwork): boolean => Spec.Labels?.[predefinedLabel] !== undefined

export function ingressNetwork(view: View): ClusterNetwork | undefined {
  for (const network of view.all('network')) if (network.Spec.Ingress === true) return network
  return undefined
}

export interface Attachment {
  network: ClusterNetwork
  aliases: string[]
}

/** The networks of a service, ingress first where it publishes ports. Undefined when one of them is gone. */
export function networksOf(view: View, spec: Service['Spec']): Attachment[] | undefined {
  const inTemplate = spec.TaskTemplate.Networks ?? []
  const wanted: NetworkAttachmentConfig[] = inTemplate.length > 0 ? inTemplate : (spec.Networks ?? [])
  const found: (Attachment | undefined)[] = wanted.map(({ Target = '', Aliases = [] }) => {
    const network = view.get('network', Target)
    return network && { network, aliases: Aliases }
  })
  if (usesIngress(spec)) {
    const network = ingressNetwork(view)
    found.unshift(network && { network, aliases: [] })
  }
  return found.every((attachment) => attachment !== undefined) ? found : undefined
}
