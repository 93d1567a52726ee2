import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { bool } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { nameTasks, taskListing, taskTable } from '../../listings/tasks.js'

export default command({
  usage: '[OPTIONS] SERVICE [SERVICE...]',
  about: 'List the tasks of services, those that have ended below the newest of each slot.',
  examples: ['essaim service ps --no-trunc web'],
  flags: {
    ...listFlags,
    'no-trunc': bool('Do not cut ids and errors'),
    'no-resolve': bool('Show ids instead of names'),
  },
  args: [1, Infinity],
  async run(context, flags, names) {
    const ids: string[] = []
    const code = await forEach(
      context,
      names,
      async (name) => void ids.push((await context.client.services.inspect(name)).ID),
    )
    if (ids.length === 0) return code
    const tasks = await context.client.tasks.list(parseFilters(flags.filter, { service: ids }))
    const named = await nameTasks(context.client, tasks, { resolve: !flags['no-resolve'] })
    const listing = flags.format === undefined ? taskTable(flags['no-trunc']) : taskListing(flags['no-trunc'])
    printRows(context, named, listing, flags)
    return code
  },
})
