import { command } from '../../core/command.js'
import { bool, number } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { containerListing } from '../../listings/containers.js'

export default command({
  usage: '[OPTIONS]',
  about: 'List containers: those that run, or all.',
  examples: ["essaim container ls -a --filter status=exited --format '{{.Names}} {{.Status}}'"],
  flags: {
    ...listFlags,
    all: bool('Those that do not run too', { short: 'a' }),
    last: number('Only so many of the newest, running or not', { short: 'n' }),
    'no-trunc': bool('Do not cut ids and commands'),
  },
  args: [0, 0],
  async run(context, flags) {
    const { all, last: limit } = flags
    const filters = parseFilters(flags.filter)
    const containers = await context.client.containers.list({ all, filters, ...(limit !== undefined && { limit }) })
    printRows(context, containers, containerListing(flags['no-trunc']), flags)
  },
})
