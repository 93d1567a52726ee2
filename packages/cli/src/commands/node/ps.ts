import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { nodeRef } from '../../session/node.js'
import { nameTasks, taskListing, taskTable } from '../../listings/tasks.js'

export default command({
  usage: '[OPTIONS] [NODE...]',
  about: 'List the tasks on nodes; on this one when none is named.',
  examples: ['essaim node ps --filter desired-state=running'],
  flags: {
    ...listFlags,
    'no-trunc': bool('Do not cut ids and errors'),
    'no-resolve': bool('Show ids instead of names'),
  },
  args: [0, Infinity],
  async run(context, flags, nodes) {
    const { client } = context
    const names = nodes.length === 0 ? ['self'] : nodes
    const ids: string[] = []
    for (const name of names) {
      ids.push((await client.nodes.inspect(await nodeRef(client, name))).ID)
    }
    const tasks = await client.tasks.list(parseFilters(flags.filter, { node: ids }))
    const named = await nameTasks(client, tasks, { resolve: !flags['no-resolve'] })
    const listing = flags.format === undefined ? taskTable(flags['no-trunc']) : taskListing(flags['no-trunc'])
    printRows(context, named, listing, flags)
  },
})
