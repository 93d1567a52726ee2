import { command } from '../../core/command.js'
import { list } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'
import { readData } from '../../specs/data.js'

export default command({
  usage: '[OPTIONS] NAME FILE|-',
  about: 'Create a config from a file, or from standard input (-).',
  examples: ['essaim config create db_settings ./config.txt'],
  flags: { label: list('Set a label', { short: 'l', value: 'NAME=VALUE' }) },
  args: [2, 2],
  async run(context, flags, [name = '', file = '']) {
    const Data = (await readData(context, file)).toString('base64')
    const { ID } = await context.client.configs.create({ Name: name, Labels: pairsOf(flags.label), Data })
    context.print(ID)
  },
})
