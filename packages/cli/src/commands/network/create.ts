import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { bool, list, text } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'

export default command({
  usage: '[OPTIONS] NETWORK',
  about: 'Create a network: on this host (bridge) or of the swarm (overlay).',
  examples: [
    'essaim network create --driver overlay --attachable shop',
    'essaim network create --subnet 10.5.0.0/16 lab',
  ],
  flags: {
    attachable: bool('Containers may join it, not only services'),
    driver: text('bridge (the default) or overlay', { short: 'd', value: 'DRIVER' }),
    gateway: list("A subnet's gateway", { value: 'ADDRESS' }),
    internal: bool('No way out of it'),
    'ip-range': list('Addresses come from this part of the subnet', { value: 'CIDR' }),
    label: list('Set a label', { value: 'NAME=VALUE' }),
    opt: list('An option of the driver', { short: 'o', value: 'NAME=VALUE' }),
    subnet: list('A subnet', { value: 'CIDR' }),
  },
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const { subnet, gateway, 'ip-range': range } = flags
    if (gateway.length > subnet.length || range.length > subnet.length) {
      throw invalid('cli.subnet', 'every --gateway and --ip-range needs a --subnet', { hint: 'add --subnet CIDR' })
    }
    const pools = subnet.map((Subnet, index) => ({
      Subnet,
      ...(gateway[index] !== undefined && { Gateway: gateway[index] }),
      ...(range[index] !== undefined && { IPRange: range[index] }),
    }))
    const { Id, Warning } = await context.client.networks.create({
      Name: name,
      Driver: flags.driver ?? 'bridge',
      Attachable: flags.attachable,
      Internal: flags.internal,
      Labels: pairsOf(flags.label),
      Options: pairsOf(flags.opt),
      ...(pools.length > 0 && { IPAM: { Driver: 'default', Config: pools } }),
    })
    if (Warning) context.warn(`WARNING: ${Warning}`)
    context.print(Id)
  },
})
