import type { Network } from '@essaim/api-types'
import { invalid, notFound } from '@essaim/base'

/** One network by its whole id, then by its name, then by the beginning of its id, as moby's daemon finds it. */
export function findNetwork(networks: readonly Network[], ref: string): Network {
  const whole = networks.find((network) => network.Id === ref)
  if (whole) return whole
  const named = networks.filter((network) => network.Name === ref)
  if (named.length > 1) throw ambiguous(ref, named.length, 'name')
  if (named[0]) return named[0]
  const begun = ref === '' ? [] : networks.filter((network) => network.Id?.startsWith(ref) === true)
  if (begun.length > 1) throw ambiguous(ref, begun.length, 'ID prefix')
  if (begun[0]) return begun[0]
  throw notFound('network.not-found', `network ${ref} not found`)
}

function ambiguous(ref: string, matches: number, by: string): Error {
  return invalid('network.ambiguous', `network ${ref} is ambiguous (${matches} matches found based on ${by})`)
}
