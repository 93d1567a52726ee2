import type { Bridge, EndpointRecord, Lan, Link } from '../records.js'
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

/** An interface upon one of the host's. */
export interface LanWire {
  link: Link
  lan: Lan
}

export function lanWiresOf(registry: Registry, endpoints: EndpointRecord[]): LanWire[] {
  return endpoints.flatMap(({ link, networkId }) => {
    const lan = registry.network(networkId)?.lan
    return link && lan ? [{ link, lan }] : []
  })
}
