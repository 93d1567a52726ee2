import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] HOST:PORT',
  about: 'Join a swarm as the kind of node that the token is for.',
  examples: ['essaim swarm join --token SWMTKN-1-... 192.0.2.10:2377'],
  flags: {
    token: text('The token that a manager shows with: essaim swarm join-token worker', { value: 'TOKEN' }),
    'advertise-addr': text('The address that other nodes reach this one at', { value: 'ADDR' }),
    'listen-addr': text('The address to listen on for other nodes (default 0.0.0.0:2377)', { value: 'ADDR' }),
    'data-path-addr': text('The address for the traffic of containers', { value: 'ADDR' }),
  },
  args: [1, 1],
  async run(context, flags, [manager = '']) {
    if (flags.token === undefined) {
      throw invalid('cli.token', 'a token is needed', {
        hint: 'a manager shows it with: essaim swarm join-token worker',
      })
    }
    await context.client.swarm.join({
      RemoteAddrs: [manager],
      JoinToken: flags.token,
      ListenAddr: flags['listen-addr'] ?? '0.0.0.0:2377',
      AdvertiseAddr: flags['advertise-addr'] ?? '',
      DataPathAddr: flags['data-path-addr'] ?? '',
    })
    const { Swarm } = await context.client.system.info()
    context.print(`This node joined a swarm as a ${Swarm?.ControlAvailable ? 'manager' : 'worker'}.`)
  },
})
