import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Leave the swarm. The last manager takes the whole swarm with it, which must be asked for with --force.',
  examples: ['essaim swarm leave', 'essaim swarm leave --force'],
  flags: { force: bool('Leave although it is a manager', { short: 'f' }) },
  args: [0, 0],
  async run(context, flags) {
    await context.client.swarm.leave({ force: flags.force })
    context.print('Node left the swarm.')
  },
})
