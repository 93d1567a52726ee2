import { addLanLink } from '../kernel/lan.js'
import type { EndpointRecord } from '../records.js'
import { addressLines } from './links.js'
import type { Parts } from './parts.js'
import { lanWiresOf } from './wires.js'

/**
 * Puts a container's interfaces upon the host's into its namespace, which is there. Answers the lines that give them
 * their addresses.
 */
export async function plugLans(parts: Parts, containerId: string, endpoints: EndpointRecord[]): Promise<string[]> {
  const wires = lanWiresOf(parts.registry, endpoints)
  for (const { link, lan } of wires) await addLanLink(lan, link, parts.namespaces.path(containerId))
  return wires.flatMap(({ link }) => addressLines(link))
}

/**
 * Takes them away at once, while their namespace may live on for a while: their addresses may be given to others as soon
 * as the record is gone. Tolerates what is not there.
 */
export async function unplugLans(parts: Parts, containerId: string, endpoints: EndpointRecord[]): Promise<void> {
  for (const { link } of lanWiresOf(parts.registry, endpoints)) {
    if (await isThere(parts, containerId, link.name)) {
      await parts.namespaces.enter(containerId, { ip: [`link del ${link.name}`] })
    }
  }
}

export async function isThere(parts: Parts, containerId: string, name: string): Promise<boolean> {
  return parts.namespaces.enter(containerId, { ip: [`link show dev ${name}`] }).then(
    () => true,
    () => false,
  )
}
