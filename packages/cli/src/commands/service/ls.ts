import { command } from '../../core/command.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { serviceListing } from '../../listings/services.js'
import { natural } from '../../listings/tasks.js'

export default command({
  usage: '[OPTIONS]',
  about: 'List services.',
  examples: ["essaim service ls --filter name=web --format '{{.Name}} {{.Replicas}}'"],
  flags: listFlags,
  args: [0, 0],
  async run(context, flags) {
    const services = await context.client.services.list({ filters: parseFilters(flags.filter), status: true })
    const sorted = services.toSorted((a, b) => natural(a.Spec.Name, b.Spec.Name))
    printRows(context, sorted, serviceListing, flags)
  },
})
