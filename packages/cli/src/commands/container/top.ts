import { command } from '../../core/command.js'
import { table } from '../../format/table.js'

export default command({
  usage: 'CONTAINER [PS-OPTION...]',
  about: 'List the processes of a container.',
  examples: ['essaim container top web', 'essaim container top web -o pid,comm'],
  flags: {},
  args: [1, Infinity],
  stopAtArgument: true,
  async run(context, _, [name = '', ...words]) {
    const options = words.length === 0 ? undefined : words.join(' ')
    const { Titles, Processes } = await context.client.containers.top(name, options)
    for (const line of table([Titles ?? [], ...(Processes ?? [])])) context.print(line)
  },
})
