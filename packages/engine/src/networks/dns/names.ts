import { shortId } from '@essaim/base'
import type { NetworkState } from '@essaim/protocol'
import { familyOf } from '../ipam/address.js'
import { addressesOf, type EndpointRecord, type NetworkRecord, type SandboxRecord } from '../records.js'
import { codes, reverseAddress, types, type Answer, type Query } from './wire.js'

/** What a network's names are made of. */
export interface NamedNetwork {
  record: NetworkRecord
  members: { sandbox: SandboxRecord; endpoint: EndpointRecord }[]
  /** Present for the cluster's networks. */
  state?: NetworkState
  /** Tasks of this host that are about to stop. */
  drained: ReadonlySet<string>
}

/** Name in lower case to addresses; an empty list is a name that exists and has nobody ready. */
export type Names = Map<string, string[]>

/** All names of one network: containers by name, alias and short id, services by name, alias and `tasks.NAME`. */
export function namesOf(network: NamedNetwork): Names {
  const names: Names = new Map()
  const add = (name: string, addresses: string[]): void => {
    const key = name.toLowerCase()
    names.set(key, [...new Set([...(names.get(key) ?? []), ...addresses])])
  }
  for (const { sandbox, endpoint } of network.members) {
    if (!endpoint.link) continue
    const addresses = addressesOf(endpoint.link)
    for (const name of namesOfEndpoint(sandbox, endpoint)) add(name, addresses)
  }
  if (!network.state) return names
  const ready = network.state.endpoints.filter((one) => one.ready && !network.drained.has(one.taskId))
  for (const service of network.state.services) {
    const tasks = ready.filter((one) => one.serviceId === service.serviceId).map((one) => one.address)
    for (const name of [service.name, ...service.aliases]) {
      // A name that a container and a service share is the service's: its tasks carry it as alias.
      names.delete(name.toLowerCase())
    }
    add(`tasks.${service.name}`, tasks)
  }
  for (const service of network.state.services) {
    const tasks = ready.filter((one) => one.serviceId === service.serviceId).map((one) => one.address)
    const answer = service.mode === 'vip' && service.vip !== undefined ? [service.vip] : tasks
    for (const name of new Set([service.name, ...service.aliases])) add(name, answer)
  }
  const services = new Set(network.state.services.flatMap((one) => [one.name, ...one.aliases]))
  for (const endpoint of ready) {
    for (const name of endpoint.names) if (!services.has(name)) add(name, [endpoint.address])
  }
  return names
}

/** The names of a container on a network, as inspect's DNSNames lists them. */
export function namesOfEndpoint(sandbox: SandboxRecord, endpoint: EndpointRecord): string[] {
  const all = [sandbox.name, ...(endpoint.settings.Aliases ?? []), shortId(sandbox.containerId), sandbox.hostname]
  return [...new Set(all.filter((name) => name !== ''))]
}

export type Resolution = { code: number; answers: Answer[] } | 'unknown'

/**
 * Answers a query of `asker`, who sees `networks` in order. A name may carry its network: `web.backend`. Names of
 * links hold for the asker alone.
 */
export function resolve(query: Query, asker: SandboxRecord, networks: NamedNetwork[]): Resolution {
  if (query.class !== 1) return 'unknown'
  const reverse = reverseAddress(query.name)
  if (reverse !== undefined) return resolveAddress(reverse, query, networks)
  for (const network of networks) {
    const names = namesOf(network)
    const suffix = `.${network.record.name.toLowerCase()}`
    const short = query.name.endsWith(suffix) ? query.name.slice(0, -suffix.length) : query.name
    const linked = linkTarget(asker, network.record.id, short)
    const found = names.get(linked ?? short) ?? names.get(query.name)
    if (found === undefined) continue
    const answers = shuffled(found).map((address): Answer => ({
      type: familyOf(address) === 4 ? 'A' : 'AAAA',
      address,
    }))
    const wanted = answers.filter(({ type }) => query.type === types[type] || query.type === types.ANY)
    return { code: codes.ok, answers: wanted }
  }
  return 'unknown'
}

function resolveAddress(address: string, query: Query, networks: NamedNetwork[]): Resolution {
  for (const network of networks) {
    for (const { sandbox, endpoint } of network.members) {
      if (!endpoint.link || !addressesOf(endpoint.link).includes(address)) continue
      return pointer(query, `${sandbox.name}.${network.record.name}`)
    }
    const remote = network.state?.endpoints.find((one) => one.address === address)?.names[0]
    if (remote !== undefined) return pointer(query, `${remote}.${network.record.name}`)
    const service = network.state?.services.find((one) => one.vip === address)
    if (service) return pointer(query, `${service.name}.${network.record.name}`)
  }
  return 'unknown'
}

function pointer(query: Query, name: string): Resolution {
  return { code: codes.ok, answers: query.type === types.PTR ? [{ type: 'PTR', name }] : [] }
}

/** `Links` of an endpoint are `container:alias`. */
function linkTarget(asker: SandboxRecord, networkId: string, name: string): string | undefined {
  const links = asker.endpoints.find((one) => one.networkId === networkId)?.settings.Links ?? []
  for (const link of links) {
    const [target = '', alias = target] = link.split(':')
    if (alias.toLowerCase() === name) return target.replace(/^\//, '').toLowerCase()
  }
  return undefined
}

/** So that clients that take the first address spread over all. */
function shuffled(addresses: string[]): string[] {
  const copy = [...addresses]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    const [a, b] = [copy[last], copy[other]]
    if (a !== undefined && b !== undefined) [copy[last], copy[other]] = [b, a]
  }
  return copy
}
