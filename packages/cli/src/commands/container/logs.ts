import { command } from '../../core/command.js'
import { logFlags, logQuery, printLogs } from '../../logs/print.js'
import { resolveContainer } from '../../session/resolve.js'

export default command({
  usage: '[OPTIONS] CONTAINER',
  about: 'Print the output of a container.',
  examples: ['essaim container logs -f --tail 20 web'],
  flags: logFlags,
  args: [1, 1],
  async run(context, flags, [name = '']) {
    const container = await resolveContainer(context.client, name)
    const query = { ...logQuery(flags), tty: container.Config?.Tty ?? false }
    await printLogs(context, context.client.containers.logs(container.Id ?? name, query, context.interrupted))
  },
})
