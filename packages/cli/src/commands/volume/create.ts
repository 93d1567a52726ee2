import { command } from '../../core/command.js'
import { list, text } from '../../core/flags.js'
import { pairsOf } from '../../core/pairs.js'

export default command({
  usage: '[OPTIONS] [VOLUME]',
  about: 'Create a volume; without a name the engine makes one up.',
  examples: ['essaim volume create --label keep=yes data'],
  flags: {
    driver: text('The driver (default local)', { short: 'd', value: 'DRIVER' }),
    label: list('Set a label', { value: 'NAME=VALUE' }),
    opt: list('An option of the driver', { short: 'o', value: 'NAME=VALUE' }),
  },
  args: [0, 1],
  async run(context, flags, [name]) {
    const volume = await context.client.volumes.create({
      ...(name !== undefined && { Name: name }),
      Driver: flags.driver ?? 'local',
      DriverOpts: pairsOf(flags.opt),
      Labels: pairsOf(flags.label),
    })
    context.print(volume.Name)
  },
})
