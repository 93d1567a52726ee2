import { invalid } from '@essaim/base'
import { command } from '../../core/command.js'
import { bool, list, text } from '../../core/flags.js'
import { resolveContainer } from '../../session/resolve.js'
import { talk } from '../../session/talk.js'

export default command({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  about:
    'Run a command in a running container; a service, a slot (web.1) or a task names its container, on a manager on whatever node it is.',
  examples: ['essaim exec -it shop_db.1 psql -U postgres', 'essaim exec web env'],
  flags: {
    detach: bool('Do not wait for it', { short: 'd' }),
    env: list('Set a variable', { short: 'e', value: 'NAME=VALUE' }),
    interactive: bool('Keep its standard input open', { short: 'i' }),
    privileged: bool('Give it all capabilities'),
    tty: bool('Give it a terminal', { short: 't' }),
    user: text('Run it as this user', { short: 'u', value: 'USER' }),
    workdir: text('Run it in this folder', { short: 'w', value: 'DIR' }),
  },
  args: [2, Infinity],
  stopAtArgument: true,
  async run(context, flags, [name = '', ...words]) {
    const { client } = context
    if (flags.tty && flags.interactive && !context.input.isTTY) {
      throw invalid('cli.tty', 'the input device is not a TTY', {
        hint: 'leave -t out when the input is a file or a pipe',
      })
    }
    const container = await resolveContainer(client, name)
    const { Id } = await client.exec.create(container.Id ?? name, {
      AttachStdin: flags.interactive && !flags.detach,
      AttachStdout: !flags.detach,
      AttachStderr: !flags.detach,
      Tty: flags.tty,
      Cmd: words,
      Env: flags.env,
      Privileged: flags.privileged,
      ...(flags.user !== undefined && { User: flags.user }),
      ...(flags.workdir !== undefined && { WorkingDir: flags.workdir }),
    })
    if (flags.detach) return client.exec.startDetached(Id)
    const session = await client.exec.start(Id, { tty: flags.tty })
    const outcome = await talk(context, session, {
      stdin: flags.interactive,
      tty: flags.tty,
      resize: (size) => client.exec.resize(Id, size),
    })
    return outcome === 'left' ? 0 : ((await client.exec.inspect(Id)).ExitCode ?? 0)
  },
})
