import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] NODE [NODE...]',
  about: 'Remove nodes that have left the swarm.',
  examples: ['essaim node rm old-host'],
  flags: { force: bool('Remove it although it is not down', { short: 'f' }) },
  args: [1, Infinity],
  run: (context, flags, nodes) =>
    forEach(context, nodes, async (node) => {
      await context.client.nodes.remove(node, { force: flags.force })
      context.print(node)
    }),
})
