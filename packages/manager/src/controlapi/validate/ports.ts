import type { EndpointPortConfig, ServiceSpec } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { invalidArgument } from '../refusal.js'

const isHost = ({ PublishMode }: EndpointPortConfig): boolean => PublishMode === 'host'
const keyOf = ({ PublishedPort = 0, Protocol = 'tcp' }: EndpointPortConfig): string => `${PublishedPort}/${Protocol}`

/**
 * Refuses a published port that another service has. Two services may publish the same port in host mode: the
 * scheduler keeps their tasks apart.
 */
export function checkPorts(view: View, spec: ServiceSpec, serviceId?: string): void {
  const wanted = (spec.EndpointSpec?.Ports ?? []).filter(({ PublishedPort = 0 }) => PublishedPort !== 0)
  if (wanted.length === 0) return
  for (const other of view.all('service')) {
    if (other.ID === serviceId) continue
    const taken = [...(other.Spec.EndpointSpec?.Ports ?? []), ...(other.Endpoint.Ports ?? [])]
    for (const port of wanted) {
      const clash = taken.find((one) => keyOf(one) === keyOf(port) && !(isHost(one) && isHost(port)))
      if (clash === undefined) continue
      const kind = isHost(clash) ? 'a host-published' : 'an ingress'
      const owner = `service '${other.Spec.Name}' (${other.ID})`
      const message = `port '${port.PublishedPort}' is already in use by ${owner} as ${kind} port`
      throw invalidArgument('service.port-taken', message)
    }
  }
}
