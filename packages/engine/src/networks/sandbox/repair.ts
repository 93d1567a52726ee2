import type { SandboxRecord } from '../records.js'
import { isThere } from './lan-links.js'
import { plugLines } from './links.js'
import type { Parts } from './parts.js'
import { withWayOut } from './plan.js'
import { change } from './reconnect.js'
import { wiresOf } from './wires.js'

/**
 * Finishes what a kill interrupted in a container that runs: an interface that never came to be was not acknowledged and
 * is forgotten; one that is there is on its bridge. `devices` are the host's.
 */
export async function repair(parts: Parts, record: SandboxRecord, devices: ReadonlySet<string>): Promise<void> {
  const found = await Promise.all(
    record.endpoints.map(async ({ link }) => {
      if (!link || link.device !== '') return !link || devices.has(link.device)
      return isThere(parts, record.containerId, link.name)
    }),
  )
  const there = record.endpoints.filter((_, index) => found[index])
  if (there.length < record.endpoints.length) {
    parts.logger.warn('an interface that was being added is not there', { container: record.containerId })
    const rest = { ...record, endpoints: there }
    await change(parts, rest, withWayOut(rest, parts.view))
  }
  // A hidden interface may have gone with the one that it was for.
  const now = parts.registry.sandbox(record.containerId)?.endpoints ?? []
  const kept = there.filter((one) => now.some(({ id }) => id === one.id))
  await parts.ip.batch(wiresOf(parts.registry, kept).flatMap(({ link, bridge }) => plugLines(link, bridge)))
}
