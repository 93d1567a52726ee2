import type { Volume } from '@essaim/api-types'
import { command } from '../../core/command.js'
import { parseFilters } from '../../format/filters.js'
import { type Listing, listFlags, printRows } from '../../format/rows.js'
import { labelOf, labelText } from '../../listings/labels.js'
import { natural } from '../../listings/tasks.js'

const listing: Listing<Volume> = {
  fields: {
    Name: ['VOLUME NAME', (volume) => volume.Name],
    Driver: ['DRIVER', (volume) => volume.Driver],
    Scope: ['SCOPE', (volume) => volume.Scope],
    Mountpoint: ['MOUNTPOINT', (volume) => volume.Mountpoint],
    Labels: ['LABELS', (volume) => labelText(volume.Labels)],
  },
  columns: ['Driver', 'Name'],
  id: (volume) => volume.Name,
  methods: { Label: (volume) => labelOf(volume.Labels) },
}

export default command({
  usage: '[OPTIONS]',
  about: 'List volumes.',
  examples: ['essaim volume ls --filter dangling=true -q'],
  flags: listFlags,
  args: [0, 0],
  async run(context, flags) {
    const { Volumes, Warnings } = await context.client.volumes.list(parseFilters(flags.filter))
    for (const warning of Warnings ?? []) context.warn(warning)
    const sorted = (Volumes ?? []).toSorted((a, b) => natural(a.Name, b.Name))
    printRows(context, sorted, listing, flags)
  },
})
