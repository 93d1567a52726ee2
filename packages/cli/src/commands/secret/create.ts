import { command } from '../../core/command.js'
import { list } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'
import { readData } from '../../specs/data.js'

export default command({
  usage: '[OPTIONS] NAME FILE|-',
  about: 'Create a secret from a file, or from standard input (-).',
  examples: ['essaim secret create db_password ./secret.txt'],
  flags: { label: list('Set a label', { short: 'l', value: 'NAME=VALUE' }) },
  args: [2, 2],
  async run(context, flags, [name = '', file = '']) {
    const Data = (await readData(context, file)).toString('base64')
    const { ID } = await context.client.secrets.create({ Name: name, Labels: pairsOf(flags.label), Data })
    context.print(ID)
  },
})
