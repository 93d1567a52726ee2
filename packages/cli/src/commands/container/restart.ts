import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'
import { number, text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Stop containers and start them again.',
  examples: ['essaim container restart -t 2 web'],
  flags: {
    signal: text('The signal, in place of the container’s own', { short: 's', value: 'SIGNAL' }),
    timeout: number('Seconds until SIGKILL', { short: 't' }),
  },
  args: [1, Infinity],
  run: (context, { signal, timeout: t }, names) =>
    forEach(context, names, async (name) => {
      const options = { ...(t !== undefined && { t }), ...(signal !== undefined && { signal }) }
      await context.client.containers.restart(name, options)
      context.print(name)
    }),
})
