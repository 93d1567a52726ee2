import { command } from '../../core/command.js'
import { forEach } from '../../core/each.js'

export default command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Wait until containers do not run, and print their exit codes.',
  examples: ['essaim container wait job'],
  flags: {},
  args: [1, Infinity],
  run: (context, _, names) =>
    forEach(context, names, async (name) => {
      const { exit } = await context.client.containers.wait(name, 'not-running', context.interrupted)
      context.print(String((await exit).StatusCode))
    }),
})
