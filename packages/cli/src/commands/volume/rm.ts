import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  about: 'Remove volumes with all that is in them.',
  examples: ['essaim volume rm data'],
  flags: { force: bool('No failure when there is no such volume', { short: 'f' }) },
  args: [1, Infinity],
  run: (context, flags, names) =>
    forEach(context, names, async (name) => {
      await context.client.volumes.remove(name, { force: flags.force })
      context.print(name)
    }),
})
