import { invalid } from '@essaim/base'
import type { NetworkRecord } from './records.js'

/** A whole id, then a name, then a prefix of one id. */
export function findNetwork(networks: NetworkRecord[], ref: string): NetworkRecord | undefined {
  const byId = networks.find((network) => network.id === ref)
  if (byId) return byId
  const named = networks.filter((network) => network.name === ref)
  if (named.length > 1) throw ambiguous(named.length, 'name', ref)
  if (named.length === 1) return named[0]
  const prefixed = ref === '' ? [] : networks.filter((network) => network.id.startsWith(ref))
  if (prefixed.length > 1) throw ambiguous(prefixed.length, 'ID prefix', ref)
  return prefixed[0]
}

function ambiguous(count: number, what: string, ref: string): Error {
  return invalid('network.ambiguous', `${count} matches found based on ${what}: network ${ref} is ambiguous`)
}
