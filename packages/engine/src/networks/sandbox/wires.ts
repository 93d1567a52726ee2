import type { Bridge, EndpointRecord, Link } from '../records.js'
import type { Registry } from '../registry.js'

/** An interface with the bridge that it is on. */
export interface Wire {
  link: Link
  bridge: Bridge
}

export function wiresOf(registry: Registry, endpoints: EndpointRecord[]): Wire[] {
  return endpoints.flatMap(({ link, networkId }) => {
    const bridge = registry.network(networkId)?.bridge
    return link && bridge ? [{ link, bridge }] : []
  })
}
