import type { Network } from '@essaim/api-types'
import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { short } from '../../format/human.js'
import { type Listing, listFlags, printRows } from '../../format/rows.js'
import { labelOf, labelText } from '../../listings/labels.js'
import { natural } from '../../listings/tasks.js'

const listing = (noTrunc: boolean): Listing<Network> => ({
  fields: {
    ID: ['NETWORK ID', (network) => short(network.Id ?? '', noTrunc)],
    Name: ['NAME', (network) => network.Name ?? ''],
    Driver: ['DRIVER', (network) => network.Driver ?? ''],
    Scope: ['SCOPE', (network) => network.Scope ?? ''],
    IPv6: ['IPV6', (network) => String(network.EnableIPv6 ?? false)],
    Internal: ['INTERNAL', (network) => String(network.Internal ?? false)],
    Labels: ['LABELS', (network) => labelText(network.Labels)],
    CreatedAt: ['CREATED AT', (network) => network.Created ?? ''],
  },
  columns: ['ID', 'Name', 'Driver', 'Scope'],
  id: (network) => short(network.Id ?? '', noTrunc),
  methods: { Label: (network) => labelOf(network.Labels) },
})

export default command({
  usage: '[OPTIONS]',
  about: 'List networks of this host and of the swarm.',
  examples: ["essaim network ls --filter driver=overlay --format '{{.Name}}'"],
  flags: { ...listFlags, 'no-trunc': bool('Do not cut ids') },
  args: [0, 0],
  async run(context, flags) {
    const networks = await context.client.networks.list(parseFilters(flags.filter))
    const sorted = networks.toSorted((a, b) => natural(a.Name ?? '', b.Name ?? ''))
    printRows(context, sorted, listing(flags['no-trunc']), flags)
  },
})
