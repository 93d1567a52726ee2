import { notFound } from '@essaim/base'
import { checkStackName } from '@essaim/compose'
import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { nameTasks, taskListing, taskTable } from '../../listings/tasks.js'
import { ofStack } from '../../stack/objects.js'

export default command({
  usage: '[OPTIONS] STACK',
  about: 'List the tasks of a stack.',
  examples: ['essaim stack ps --filter desired-state=running shop'],
  flags: {
    ...listFlags,
    'no-trunc': bool('Do not cut ids and errors'),
    'no-resolve': bool('Show ids instead of names'),
  },
  args: [1, 1],
  async run(context, flags, [stack = '']) {
    checkStackName(stack)
    const tasks = await context.client.tasks.list(parseFilters(flags.filter, ofStack(stack)))
    if (tasks.length === 0) {
      throw notFound('cli.stack', `nothing found in stack: ${stack}`, {
        hint: 'list what there is with: essaim stack ls',
      })
    }
    const named = await nameTasks(context.client, tasks, { resolve: !flags['no-resolve'] })
    const listing = flags.format === undefined ? taskTable(flags['no-trunc']) : taskListing(flags['no-trunc'])
    printRows(context, named, listing, flags)
  },
})
