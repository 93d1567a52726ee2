import { command } from '../../core/command.js'
import { bool, list, number, text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Make this node the first manager of a new swarm.',
  examples: ['essaim swarm init', 'essaim swarm init --advertise-addr 192.0.2.10'],
  flags: {
    'advertise-addr': text('The address that other nodes reach this one at (address or interface, with :PORT)', {
      value: 'ADDR',
    }),
    'listen-addr': text('The address to listen on for other nodes (default 0.0.0.0:2377)', { value: 'ADDR' }),
    'data-path-addr': text('The address for the traffic of containers', { value: 'ADDR' }),
    'default-addr-pool': list('Subnets to take networks from', { value: 'CIDR' }),
    'default-addr-pool-mask-length': number('The size of each of those networks'),
    autolock: bool('Ask for a key when a manager starts'),
    'force-new-cluster': bool('Make a new one of this node and its state'),
  },
  args: [0, 0],
  async run(context, flags) {
    const id = await context.client.swarm.init({
      ListenAddr: flags['listen-addr'] ?? '0.0.0.0:2377',
      AdvertiseAddr: flags['advertise-addr'] ?? '',
      DataPathAddr: flags['data-path-addr'] ?? '',
      DefaultAddrPool: flags['default-addr-pool'],
      ...(flags['default-addr-pool-mask-length'] !== undefined && {
        SubnetSize: flags['default-addr-pool-mask-length'],
      }),
      ForceNewCluster: flags['force-new-cluster'],
      Spec: { ...(flags.autolock && { EncryptionConfig: { AutoLockManagers: true } }) },
    })
    const { JoinTokens } = await context.client.swarm.inspect()
    const { Swarm } = await context.client.system.info()
    const address = Swarm?.RemoteManagers?.[0]?.Addr ?? '<this node>:2377'
    context.print(`Swarm initialized: current node (${id}) is now a manager.\n`)
    context.print(`To add a worker to this swarm, run the following command:\n`)
    context.print(`    essaim swarm join --token ${JoinTokens.Worker} ${address}\n`)
    context.print("To add a manager to this swarm, run 'essaim swarm join-token manager' and follow the instructions.")
  },
})
