import { isKind } from '@essaim/base'
import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'

export default command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Start containers.',
  examples: ['essaim container start web'],
  flags: {},
  args: [1, Infinity],
  run: (context, _, names) =>
    forEach(context, names, async (name) => {
      await context.client.containers.start(name).catch((error: unknown) => {
        // It runs already, which is what was asked for.
        if (!isKind(error, 'not-modified')) throw error
      })
      context.print(name)
    }),
})
