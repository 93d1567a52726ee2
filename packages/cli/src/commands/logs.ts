import { isKind } from '@essaim/base'
import { command } from '../core/command.js'
import { serviceLogFlags } from '../logs/print.js'
import containerLogs from './container/logs.js'
import serviceLogs from './service/logs.js'

export default command({
  usage: '[OPTIONS] SERVICE|TASK|CONTAINER',
  about: 'Print the output of a service, a task or a container.',
  examples: ['essaim logs -f shop_web', 'essaim logs --tail 5 my-container'],
  flags: serviceLogFlags,
  args: [1, 1],
  async run(context, flags, args) {
    const isContainer = await context.client.containers.inspect(args[0] ?? '').then(
      () => true,
      (error: unknown) => {
        if (isKind(error, 'not-found')) return false
        throw error
      },
    )
    return (isContainer ? containerLogs : serviceLogs).run(context, flags, args)
  },
})
