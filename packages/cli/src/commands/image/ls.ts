import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { parseFilters } from '../../format/filters.js'
import { listFlags, printRows } from '../../format/rows.js'
import { imageListing, imageRows } from '../../listings/images.js'

export default command({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  about: 'List images, each under every one of its names.',
  examples: ["essaim image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}'"],
  flags: {
    ...listFlags,
    all: bool('Those that only others are built on too', { short: 'a' }),
    'no-trunc': bool('Do not cut ids'),
  },
  args: [0, 1],
  async run(context, flags, [reference]) {
    const filters = parseFilters(flags.filter, reference === undefined ? {} : { reference: [reference] })
    const rows = imageRows(await context.client.images.list({ all: flags.all, filters }))
    printRows(context, rows, imageListing(flags['no-trunc']), flags)
  },
})
