import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { pullImage, splitReference } from '../../progress/pull.js'

export default command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  about: 'Fetch an image from a registry.',
  examples: ['essaim image pull registry.example.org/shop/web:1.4'],
  flags: { quiet: bool('Suppress progress', { short: 'q' }) },
  args: [1, 1],
  async run(context, flags, [reference = '']) {
    const { tag } = splitReference(reference)
    if (tag === 'latest' && !reference.endsWith(':latest') && !flags.quiet) context.print('Using default tag: latest')
    await pullImage(context, reference, flags.quiet)
    if (flags.quiet) context.print(reference)
  },
})
