import type { ServiceSpec } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { authForImage } from '../../auth/registry.js'
import { command } from '../../core/command.js'
import { detachFlag } from '../../core/each.js'
import { bool } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'
import { waitForServices } from '../../progress/wait.js'
import { familiarImage } from '../../stack/image.js'
import { mountsOf, oneOf, portsOf } from '../../specs/options.js'
import { fileReferences } from '../../specs/references.js'
import { createFlags } from '../../specs/service-flags.js'
import { withFlags } from '../../specs/service.js'

export default command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Create a service and wait until its tasks run.',
  examples: ['essaim service create --name web --replicas 2 -p 8080:80 nginx'],
  flags: {
    ...createFlags,
    ...detachFlag,
    quiet: bool('Suppress progress', { short: 'q' }),
    'with-registry-auth': bool('Send the registry login to the nodes'),
  },
  args: [1, Infinity],
  stopAtArgument: true,
  async run(context, flags, [image = '', ...words]) {
    const { client } = context
    const mode = oneOf('mode', flags.mode, 'replicated', 'global', 'replicated-job', 'global-job') ?? 'replicated'
    const files = await fileReferences(client, flags.secret, flags.config)
    const base = {
      ...(flags.name !== undefined && { Name: flags.name }),
      Labels: pairsOf(flags.label),
      Mode: modeSpec(mode, flags.replicas),
      TaskTemplate: {
        ContainerSpec: {
          Image: familiarImage(image),
          ...(words.length > 0 && { Args: words }),
          Env: flags.env,
          Labels: pairsOf(flags['container-label']),
          Mounts: mountsOf(flags.mount),
          ...files,
        },
        Placement: flags.constraint.length > 0 ? { Constraints: flags.constraint } : {},
        Networks: flags.network.map((Target) => ({ Target })),
      },
      EndpointSpec: { Mode: 'vip' as const, ...(flags.publish.length > 0 && { Ports: portsOf(flags.publish) }) },
    }
    const auth = flags['with-registry-auth'] ? authForImage(image, context.env) : undefined
    const { ID = '', Warnings } = await client.services.create(withFlags(base, flags), auth)
    for (const warning of Warnings ?? []) context.warn(warning)
    context.print(ID)
    if (!flags.detach) await waitForServices(context, [ID], { quiet: flags.quiet })
  },
})

function modeSpec(mode: string, replicas: number | undefined): NonNullable<ServiceSpec['Mode']> {
  if (replicas !== undefined && (mode === 'global' || mode === 'global-job')) {
    throw invalid('cli.replicas', 'replicas can only be used with replicated or replicated-job mode')
  }
  if (mode === 'global') return { Global: {} }
  if (mode === 'global-job') return { GlobalJob: {} }
  if (mode === 'replicated-job')
    return { ReplicatedJob: { MaxConcurrent: replicas ?? 1, TotalCompletions: replicas ?? 1 } }
  return { Replicated: { Replicas: replicas ?? 1 } }
}
