import { command } from '../../core/command.js'
import { list, text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  about: 'Put a container on one more network.',
  examples: ['essaim network connect --alias db back shop'],
  flags: {
    alias: list('One more name of it there', { value: 'NAME' }),
    ip: text('Its address there', { value: 'ADDRESS' }),
    ip6: text('Its IPv6 address there', { value: 'ADDRESS' }),
  },
  args: [2, 2],
  run: (context, { alias, ip, ip6 }, [network = '', container = '']) =>
    context.client.networks.connect(network, container, {
      ...(alias.length > 0 && { Aliases: alias }),
      ...((ip !== undefined || ip6 !== undefined) && {
        IPAMConfig: { ...(ip !== undefined && { IPv4Address: ip }), ...(ip6 !== undefined && { IPv6Address: ip6 }) },
      }),
    }),
})
