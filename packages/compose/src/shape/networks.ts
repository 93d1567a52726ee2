import { labels, options } from '../read/pairs.js'
import { inside, list, located, type Located, type Read, type Reader, refuse } from '../read/reader.js'
import { orEmpty } from '../read/reader.js'
import { record } from '../read/record.js'
import { bool, text, whole } from '../read/scalars.js'
import { external } from './external.js'

const use = record({
  aliases: list(text),
  driver_opts: options,
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: list(text),
  mac_address: text,
  priority: whole(),
  gw_priority: whole(),
})

export type NetworkUse = Read<typeof use>

/** A list of names, or a mapping from names to what is wanted of each. */
export const networkUses: Reader<Record<string, Located<NetworkUse>>> = (node, spot) => {
  if (node.kind === 'list') {
    const names = node.items.map((item, index) => located(text)(item, inside(spot, `[${index}]`)))
    return Object.fromEntries(names.map(({ value, at, path }) => [value, { value: {}, at, path }]))
  }
  if (node.kind !== 'map') throw refuse(node, spot, 'a list or a mapping of networks')
  return Object.fromEntries(
    [...node.entries].map(([name, { at, value }]) => {
      const here = inside(spot, `.${name}`)
      return [name, { value: orEmpty(use)(value, here) ?? {}, at, path: here.path }]
    }),
  )
}

const pool = record({ subnet: text, gateway: text, ip_range: text, aux_addresses: options })

/** A network of the file's own section. */
export const network = record({
  name: text,
  driver: text,
  driver_opts: options,
  ipam: record({ driver: text, config: list(pool), options }),
  external,
  internal: bool,
  attachable: bool,
  enable_ipv6: bool,
  labels,
})
