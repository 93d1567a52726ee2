import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Remove containers.',
  examples: ['essaim container rm -f web'],
  flags: {
    force: bool('Kill it first where it runs', { short: 'f' }),
    volumes: bool('Remove its anonymous volumes too', { short: 'v' }),
  },
  args: [1, Infinity],
  run: (context, flags, names) =>
    forEach(context, names, async (name) => {
      await context.client.containers.remove(name, { force: flags.force, v: flags.volumes })
      context.print(name)
    }),
})
