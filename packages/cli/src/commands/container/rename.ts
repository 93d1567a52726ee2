import { command } from '../../core/command.js'

export default command({
  usage: 'CONTAINER NEW-NAME',
  about: 'Give a container another name.',
  examples: ['essaim container rename web web-old'],
  flags: {},
  args: [2, 2],
  run: (context, _, [name = '', to = '']) => context.client.containers.rename(name, to),
})
