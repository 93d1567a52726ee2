import { command } from '../../core/command.js'
import { bool } from '../../core/flags.js'
import { ago, clip, short, size } from '../../format/human.js'
import { table } from '../../format/table.js'

export default command({
  usage: '[OPTIONS] IMAGE',
  about: 'Show the steps that an image was made by, the newest first.',
  examples: ['essaim image history web'],
  flags: { 'no-trunc': bool('Do not cut ids and commands') },
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const whole = flags['no-trunc']
    const steps = await context.client.images.history(name)
    const rows = steps.map(({ Id, Created, CreatedBy, Size, Comment }) => {
      const id = Id === '<missing>' ? Id : short(Id, whole)
      return [id, ago(Created), whole ? CreatedBy : clip(CreatedBy, 45), size(Size), Comment]
    })
    for (const line of table([['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], ...rows])) context.print(line)
  },
})
