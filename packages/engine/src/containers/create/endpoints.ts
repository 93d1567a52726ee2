import { isIPv4, isIPv6 } from 'node:net'
import { invalid } from '@essaim/base'
import type { EndpointSettings } from '@essaim/api-types'

/** Checks the addresses that a request asks for; whether they are free shows at the start. */
export function validateEndpoints(endpoints: Record<string, EndpointSettings>): void {
  for (const { IPAMConfig: { IPv4Address: v4 = '', IPv6Address: v6 = '' } = {} } of Object.values(endpoints)) {
    if (v4 !== '' && !isIPv4(v4)) throw invalid('container.address', `invalid IPv4 address: ${v4}`)
    if (v6 !== '' && !isIPv6(v6)) throw invalid('container.address', `invalid IPv6 address: ${v6}`)
  }
}

/** The networks that it begins with: those that are named, or that of its mode. */
export function endpointsOf(mode: string, named: Record<string, EndpointSettings>): Record<string, EndpointSettings> {
  const { default: common, ...others } = named
  if (common) return { ...others, bridge: others['bridge'] ?? common }
  if (Object.keys(others).length > 0 || mode.startsWith('container:')) return others
  return { [mode === 'default' ? 'bridge' : mode]: {} }
}
