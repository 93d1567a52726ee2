import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] worker|manager',
  about: 'Show the token with which a worker or a manager joins, or make a new one.',
  examples: ['essaim swarm join-token worker', 'essaim swarm join-token --rotate -q manager'],
  flags: {
    quiet: bool('Only print the token', { short: 'q' }),
    rotate: bool('Make a new token; the old one is good no more'),
  },
  args: [1, 1],
  async run(context, flags, [role = '']) {
    if (role !== 'worker' && role !== 'manager') {
      throw invalid('cli.role', `unknown role ${role}`, { hint: 'write worker or manager' })
    }
    const { swarm, system } = context.client
    if (flags.rotate) {
      const { Version, Spec } = await swarm.inspect()
      await swarm.update(
        Version.Index,
        Spec,
        role === 'worker' ? { rotateWorkerToken: true } : { rotateManagerToken: true },
      )
      if (!flags.quiet) context.print(`Successfully rotated ${role} join token.\n`)
    }
    const { JoinTokens } = await swarm.inspect()
    const token = (role === 'worker' ? JoinTokens.Worker : JoinTokens.Manager) ?? ''
    if (flags.quiet) {
      context.print(token)
      return
    }
    const { Swarm } = await system.info()
    const manager = Swarm?.RemoteManagers?.find(({ NodeID }) => NodeID === Swarm.NodeID) ?? Swarm?.RemoteManagers?.[0]
    context.print(`To add a ${role} to this swarm, run the following command:\n`)
    context.print(`    essaim swarm join --token ${token} ${manager?.Addr ?? ''}\n`)
  },
})
