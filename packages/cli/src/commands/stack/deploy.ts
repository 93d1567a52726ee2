import { invalid } from '@essaim/base'
import { parseDuration, planStack } from '@essaim/compose'
import { command } from '../../core/command.js'
import { bool, list, text } from '../../core/flags.js'
import { waitForServices } from '../../progress/wait.js'
import { deployStack } from '../../stack/deploy.js'
import { composeInput } from '../../stack/files.js'

export default command({
  usage: '[OPTIONS] [STACK]',
  about: 'Deploy a new stack or update an existing one from Compose files, and wait until it runs.',
  examples: [
    'essaim stack deploy -c docker-compose.yml shop',
    'essaim stack deploy -c docker-compose.yml -c production.yml --prune shop',
  ],
  flags: {
    'compose-file': list('Path to a Compose file, "-" for standard input; later ones are laid over earlier ones', {
      short: 'c',
      value: 'FILE',
    }),
    detach: bool('Do not wait until the services have converged', { short: 'd' }),
    profile: list('Deploy services of this profile too', { value: 'NAME' }),
    prune: bool('Remove services of the stack that the files no longer have'),
    quiet: bool('Suppress progress output', { short: 'q' }),
    'resolve-image': text('Resolve images to digests: always, changed or never', { value: 'WHEN' }),
    timeout: text('Fail when it has not converged after so long, such as 90s', { value: 'DURATION' }),
    'with-registry-auth': bool('Send the registry login to the nodes'),
  },
  args: [0, 1],
  async run(context, flags, [name]) {
    const resolveImage = flags['resolve-image'] ?? 'always'
    if (resolveImage !== 'always' && resolveImage !== 'changed' && resolveImage !== 'never') {
      throw invalid('cli.resolve-image', `invalid option ${resolveImage} for flag --resolve-image`, {
        hint: 'write always, changed or never',
      })
    }
    const timeout = flags.timeout === undefined ? undefined : parseDuration(flags.timeout)
    if (flags.timeout !== undefined && timeout === undefined) {
      throw invalid('cli.timeout', `invalid duration ${JSON.stringify(flags.timeout)} for --timeout`, {
        hint: 'write one such as 90s or 5m',
      })
    }
    const plan = planStack(composeInput(context, flags['compose-file'], flags.profile), name)
    for (const warning of plan.warnings) context.warn(warning)
    const withRegistryAuth = flags['with-registry-auth']
    const ids = await deployStack(context, plan, { prune: flags.prune, withRegistryAuth, resolveImage })
    if (flags.detach) return
    await waitForServices(context, ids, {
      quiet: flags.quiet,
      ...(timeout !== undefined && { timeout: timeout / 1e6 }),
    })
  },
})
