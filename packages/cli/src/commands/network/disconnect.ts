import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  about: 'Take a container off a network.',
  examples: ['essaim network disconnect back shop'],
  flags: { force: bool('Also when the container is not there any more', { short: 'f' }) },
  args: [2, 2],
  run: (context, { force }, [network = '', container = '']) =>
    context.client.networks.disconnect(network, container, force),
})
