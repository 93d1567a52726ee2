import type { EndpointPortConfig, Service } from '@essaim/api-types'
import type { View } from '../store/index.js'

/** swarmkit's range for ports that the user left open. */
const firstDynamic = 30000
const lastDynamic = 32767

const isIngress = ({ PublishMode }: EndpointPortConfig): boolean => (PublishMode ?? 'ingress') === 'ingress'
const keyOf = (port: EndpointPortConfig): string => `${port.Protocol ?? 'tcp'}/${port.PublishedPort ?? 0}`

/** Whether the service publishes ports on every node. */
export function usesIngress(spec: Service['Spec']): boolean {
  return (spec.EndpointSpec?.Ports ?? []).some(isIngress)
}

/**
 * The ports that the service gets: those it names, and for the others what it has already or a free one, in
 * the specification's order. Undefined when the range is used up.
 */
export function portsFor(view: View, service: Service): EndpointPortConfig[] | undefined {
  const wanted = service.Spec.EndpointSpec?.Ports ?? []
  const isOpen = (port: EndpointPortConfig): boolean => isIngress(port) && (port.PublishedPort ?? 0) === 0
  if (!wanted.some(isOpen)) return wanted
  const taken = new Set(wanted.map(keyOf))
  for (const { ID, Endpoint } of view.all('service')) {
    if (ID !== service.ID) for (const port of Endpoint.Ports ?? []) if (isIngress(port)) taken.add(keyOf(port))
  }
  const had = [...(service.Endpoint.Ports ?? [])]
  const given = wanted.map((port) => {
    if (!isOpen(port)) return port
    const same = had.findIndex((old) => sameTarget(old, port) && !taken.has(keyOf(old)))
    const kept = same < 0 ? undefined : had.splice(same, 1)[0]
    const next = kept ?? firstFree(port, taken)
    if (next !== undefined) taken.add(keyOf(next))
    return next
  })
  return given.every((port) => port !== undefined) ? given : undefined
}

function sameTarget(old: EndpointPortConfig, port: EndpointPortConfig): boolean {
  const published = old.PublishedPort ?? 0
  return (
    old.TargetPort === port.TargetPort &&
    (old.Protocol ?? 'tcp') === (port.Protocol ?? 'tcp') &&
    isIngress(old) &&
    published >= firstDynamic &&
    published <= lastDynamic
  )
}

function firstFree(port: EndpointPortConfig, taken: Set<string>): EndpointPortConfig | undefined {
  for (let number = firstDynamic; number <= lastDynamic; number++) {
    const candidate = { ...port, PublishedPort: number }
    if (!taken.has(keyOf(candidate))) return candidate
  }
  return undefined
}
