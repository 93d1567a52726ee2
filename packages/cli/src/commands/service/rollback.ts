import { command } from '../../core/command.js'
import { detachFlag } from '../../core/each.js'
import { waitForRollback } from '../../progress/wait.js'

export default command({
  usage: '[OPTIONS] SERVICE',
  about: 'Bring back what a service was before its last update.',
  examples: ['essaim service rollback web'],
  flags: detachFlag,
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const { ID, Version, Spec } = await context.client.services.inspect(name)
    const { Warnings } = await context.client.services.update(
      ID,
      { version: Version.Index, rollback: 'previous' },
      Spec,
    )
    for (const warning of Warnings ?? []) context.warn(warning)
    context.print(name)
    if (!flags.detach) await waitForRollback(context, ID)
  },
})
