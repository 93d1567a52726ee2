import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  about: 'Remove images: the name, and with the last name the image.',
  examples: ['essaim image rm shop/web:1.3'],
  flags: {
    force: bool('Although stopped containers use it', { short: 'f' }),
    'no-prune': bool('Keep the parents that have no name'),
  },
  args: [1, Infinity],
  run: (context, flags, names) =>
    forEach(context, names, async (name) => {
      const items = await context.client.images.remove(name, { force: flags.force, noprune: flags['no-prune'] })
      for (const { Untagged, Deleted } of items)
        context.print(Untagged ? `Untagged: ${Untagged}` : `Deleted: ${Deleted}`)
    }),
})
