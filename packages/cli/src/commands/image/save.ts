import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { text } from '../../core/flags.js'

export default command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  about: 'Write images into one archive, to a file or to standard output.',
  examples: ['essaim image save -o shop.tar web db', 'essaim image save web | gzip > web.tar.gz'],
  flags: { output: text('The file', { short: 'o', value: 'FILE' }) },
  args: [1, Infinity],
  async run(context, { output }, names) {
    if (output === undefined && context.out.isTTY) {
      throw invalid('cli.save', 'an archive is not written to a terminal', { hint: 'name a file with -o FILE' })
    }
    const archive = Readable.from(context.client.images.save(names))
    if (output === undefined) await pipeline(archive, context.out, { end: false })
    else await pipeline(archive, createWriteStream(output))
  },
})
