import { isKind } from '@essaim/base'
import { command } from '../../core/command.js'
import { printLogs, serviceLogFlags, logQuery } from '../../logs/print.js'
import { taskPrefix } from '../../logs/prefix.js'

export default command({
  usage: '[OPTIONS] SERVICE|TASK',
  about: 'Print the output of a service or a task, each line with the task that wrote it.',
  examples: ['essaim service logs -f --tail 20 web'],
  flags: serviceLogFlags,
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const { services, tasks } = context.client
    const service = await services.inspect(name).catch((error: unknown) => {
      if (isKind(error, 'not-found')) return undefined
      throw error
    })
    const found = service ?? (await tasks.inspect(name))
    const spec =
      'Spec' in found && 'TaskTemplate' in found.Spec
        ? found.Spec.TaskTemplate
        : (found as { Spec: { ContainerSpec?: { TTY?: boolean } } }).Spec
    const tty = spec.ContainerSpec?.TTY ?? false
    const raw = flags.raw || tty
    const query = { ...logQuery(flags), details: !raw || flags.details, tty }
    const noun = service ? services : tasks
    const prefix = raw ? undefined : await taskPrefix(context, flags)
    await printLogs(context, noun.logs(found.ID, query, context.interrupted), prefix)
  },
})
