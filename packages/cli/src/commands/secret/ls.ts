import { command } from '../../core/command.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { fileListing } from '../../listings/files.js'
import { natural } from '../../listings/tasks.js'

export default command({
  usage: '[OPTIONS]',
  about: 'List secrets.',
  examples: ["essaim secret ls --filter name=db --format '{{.Name}}'"],
  flags: listFlags,
  args: [0, 0],
  async run(context, flags) {
    const found = await context.client.secrets.list(parseFilters(flags.filter))
    printRows(
      context,
      found.toSorted((a, b) => natural(a.Spec.Name, b.Spec.Name)),
      fileListing,
      flags,
    )
  },
})
