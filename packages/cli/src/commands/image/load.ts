import { invalid } from '@essaim/base'
import { createReadStream, existsSync } from 'node:fs'
import { command } from '../../core/command.js'
import { bool, text } from '../../core/flags.js'
import { showProgress } from '../../progress/pull.js'

export default command({
  usage: '[OPTIONS]',
  about: 'Load images from a docker or OCI archive, of a file or of standard input.',
  examples: ['essaim image load -i app.tar', 'gzip -dc app.tar.gz | essaim image load'],
  flags: {
    input: text('Read from this file instead of standard input', { short: 'i', value: 'FILE' }),
    quiet: bool('Suppress progress', { short: 'q' }),
  },
  args: [0, 0],
  async run(context, flags) {
    if (flags.input === undefined && context.input.isTTY) {
      throw invalid('cli.load', 'no archive is given', {
        hint: 'name it with -i FILE, or send it through standard input',
      })
    }
    if (flags.input !== undefined && !existsSync(flags.input)) {
      throw invalid('cli.load', `there is no file ${JSON.stringify(flags.input)}`, {
        hint: 'name the archive with -i FILE',
      })
    }
    const archive = flags.input === undefined ? context.input : createReadStream(flags.input)
    await showProgress(context, context.client.images.load(archive, { quiet: flags.quiet }))
  },
})
