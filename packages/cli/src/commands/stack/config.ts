import { load, printCompose } from '@essaim/compose'
import { command } from '../../core/command.js'
import { list } from '../../core/flags.js'
import { composeInput } from '../../stack/files.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Print the Compose file that comes out of the given ones: variables filled in, files merged, checked.',
  examples: ['essaim stack config -c docker-compose.yml -c production.yml'],
  flags: {
    'compose-file': list('Path to a Compose file, "-" for standard input', { short: 'c', value: 'FILE' }),
    profile: list('Take services of this profile too', { value: 'NAME' }),
  },
  args: [0, 0],
  async run(context, flags) {
    const { model, warnings } = load(composeInput(context, flags['compose-file'], flags.profile))
    for (const warning of warnings) context.warn(warning)
    context.out.write(printCompose(model))
  },
})
