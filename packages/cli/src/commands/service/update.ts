import { authForImage } from '../../auth/registry.js'
import { command } from '../../core/command.js'
import { detachFlag } from '../../core/each.js'
import { bool, list, text } from '../../core/flags.js'
import { waitForRollback, waitForServices } from '../../progress/wait.js'
import { updatedSpec } from '../../specs/service-update.js'
import { serviceFlags } from '../../specs/service-flags.js'

export const updateFlags = {
  ...serviceFlags,
  args: text('The command of the tasks', { value: 'COMMAND' }),
  'constraint-add': list('Add a constraint', { value: 'RULE' }),
  'constraint-rm': list('Remove a constraint', { value: 'RULE' }),
  'container-label-add': list('Set a label of the containers', { value: 'NAME=VALUE' }),
  'container-label-rm': list('Remove a label of the containers', { value: 'NAME' }),
  'env-add': list('Set a variable', { value: 'NAME=VALUE' }),
  'env-rm': list('Remove a variable', { value: 'NAME' }),
  force: bool('Replace the tasks although nothing changes'),
  image: text('The image', { value: 'IMAGE' }),
  'label-add': list('Set a label of the service', { value: 'NAME=VALUE' }),
  'label-rm': list('Remove a label of the service', { value: 'NAME' }),
  'mount-add': list('Add a mount', { value: 'MOUNT' }),
  'mount-rm': list('Remove the mount of this target', { value: 'TARGET' }),
  'network-add': list('Join a network', { value: 'NETWORK' }),
  'network-rm': list('Leave a network', { value: 'NETWORK' }),
  'publish-add': list('Publish a port', { value: 'PORT' }),
  'publish-rm': list('Publish this target port no more', { value: 'PORT' }),
}

export default command({
  usage: '[OPTIONS] SERVICE',
  about: 'Change a service and wait until its tasks are as it says.',
  examples: [
    'essaim service update --image nginx:1.27 web',
    'essaim service update --env-add DEBUG=1 --replicas 3 web',
  ],
  flags: {
    ...updateFlags,
    ...detachFlag,
    quiet: bool('Suppress progress', { short: 'q' }),
    rollback: bool('Bring back what it was before its last update'),
    'with-registry-auth': bool('Send the registry login to the nodes'),
  },
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const { services, networks } = context.client
    const { ID, Version, Spec } = await services.inspect(name)
    const query = { version: Version.Index, ...(flags.rollback && { rollback: 'previous' as const }) }
    const changed = flags.rollback
      ? Spec
      : await updatedSpec(Spec, flags, async (network) => (await networks.inspect(network)).Id ?? network)
    const image = changed.TaskTemplate.ContainerSpec?.Image ?? ''
    const auth = flags['with-registry-auth'] ? authForImage(image, context.env) : undefined
    const { Warnings } = await services.update(ID, query, changed, auth)
    for (const warning of Warnings ?? []) context.warn(warning)
    context.print(name)
    if (flags.detach) return
    if (flags.rollback) await waitForRollback(context, ID)
    else await waitForServices(context, [ID], { quiet: flags.quiet })
  },
})
