import { checkStackName } from '@essaim/compose'
import { command } from '../../core/command.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { serviceListing } from '../../listings/services.js'
import { natural } from '../../listings/tasks.js'
import { ofStack } from '../../stack/objects.js'

export default command({
  usage: '[OPTIONS] STACK',
  about: 'List the services of a stack.',
  examples: ['essaim stack services shop'],
  flags: listFlags,
  args: [1, 1],
  async run(context, flags, [stack = '']) {
    checkStackName(stack)
    const filters = parseFilters(flags.filter, ofStack(stack))
    const services = await context.client.services.list({ filters, status: true })
    if (services.length === 0) {
      context.warn(`Nothing found in stack: ${stack}`)
      return
    }
    const sorted = services.toSorted((a, b) => natural(a.Spec.Name, b.Spec.Name))
    printRows(context, sorted, serviceListing, flags)
  },
})
