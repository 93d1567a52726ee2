import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { list, text } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'
import { nodeRef } from '../../session/node.js'

export default command({
  usage: '[OPTIONS] NODE',
  about: 'Change a node: its labels, its role, and whether it takes tasks.',
  examples: ['essaim node update --label-add zone=north worker1', 'essaim node update --availability drain worker1'],
  flags: {
    availability: text('active, pause (no new tasks) or drain (no tasks)', { value: 'WHAT' }),
    role: text('worker or manager', { value: 'ROLE' }),
    'label-add': list('Set a label', { value: 'NAME=VALUE' }),
    'label-rm': list('Remove a label', { value: 'NAME' }),
  },
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const { availability, role } = flags
    if (availability !== undefined && !['active', 'pause', 'drain'].includes(availability)) {
      throw invalid('cli.availability', `invalid availability "${availability}"`, {
        hint: 'write active, pause or drain',
      })
    }
    if (role !== undefined && role !== 'worker' && role !== 'manager') {
      throw invalid('cli.role', `invalid role "${role}"`, { hint: 'write worker or manager' })
    }
    const node = await context.client.nodes.inspect(await nodeRef(context.client, name))
    const labels = { ...node.Spec.Labels, ...pairsOf(flags['label-add']) }
    for (const label of flags['label-rm']) {
      if (!Object.hasOwn(labels, label)) throw invalid('cli.label', `key ${label} doesn't exist in node's labels`)
      delete labels[label]
    }
    await context.client.nodes.update(node.ID, node.Version.Index, {
      ...node.Spec,
      Labels: labels,
      ...(availability !== undefined && { Availability: availability as 'active' }),
      ...(role !== undefined && { Role: role }),
    })
    context.print(name)
  },
})
