import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Send a signal to the first process of containers, SIGKILL if none is named.',
  examples: ['essaim container kill --signal HUP web'],
  flags: { signal: text('The signal', { short: 's', value: 'SIGNAL' }) },
  args: [1, Infinity],
  run: (context, { signal = 'SIGKILL' }, names) =>
    forEach(context, names, async (name) => {
      await context.client.containers.kill(name, signal)
      context.print(name)
    }),
})
