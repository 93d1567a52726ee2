import { command } from '../../core/command.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { nodeListing } from '../../listings/nodes.js'
import { natural } from '../../listings/tasks.js'

export default command({
  usage: '[OPTIONS]',
  about: 'List the nodes of the swarm; the one that answers is marked with *.',
  examples: ["essaim node ls --filter role=manager --format '{{.Hostname}} {{.Status}}'"],
  flags: listFlags,
  args: [0, 0],
  async run(context, flags) {
    const nodes = await context.client.nodes.list(parseFilters(flags.filter))
    const { Swarm } = await context.client.system.info()
    const sorted = nodes.toSorted((a, b) => natural(a.Description?.Hostname ?? '', b.Description?.Hostname ?? ''))
    printRows(context, sorted, nodeListing(Swarm?.NodeID ?? ''), flags)
  },
})
