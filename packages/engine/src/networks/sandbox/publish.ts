import { EssaimError, internal } from '@essaim/base'
import type { Target } from '../ports/holder.js'
import type { PublishedPort, SandboxRecord } from '../records.js'
import type { Parts } from './parts.js'

/** Publishes what the container asked for, where it has a way to be reached. Throws Docker's message. */
export async function publishPorts(parts: Parts, record: SandboxRecord): Promise<PublishedPort[]> {
  const endpoint = record.endpoints.find((one) => one.id === record.gatewayEndpoint)
  const bridge = endpoint && parts.registry.network(endpoint.networkId)?.bridge
  if (!endpoint || !bridge || record.wishes.length === 0) return []
  const { containerId } = record
  try {
    return await parts.ports.publish(
      containerId,
      record.wishes,
      bridge.hostBinding,
      targetOf(parts, containerId),
      bridge.routed,
    )
  } catch (error) {
    if (!(error instanceof EssaimError)) throw error
    const reason = error.code === 'port.bound' ? `Error starting userland proxy: ${error.message}` : error.message
    const where = `driver failed programming external connectivity on endpoint ${record.name} (${endpoint.id})`
    throw internal(error.code, `${where}: ${reason}`, { cause: error })
  }
}

/** Where a port of the container is at the moment of asking. */
export function targetOf(parts: Parts, containerId: string): (containerPort: number) => Target {
  return (port) => () => {
    const record = parts.registry.sandbox(containerId)
    const host = record?.endpoints.find((one) => one.id === record.gatewayEndpoint)?.link?.address
    return host === undefined ? undefined : { host, port }
  }
}
