import type { ContainerCreateRequest, ContainerCreateResponse } from '@essaim/api-types'
import { invalid, isKind, messageOf } from '@essaim/base'
import { command } from '../../core/command.js'
import { explain } from '../../core/refusal.js'
import type { Context } from '../../core/context.js'
import { pullImage } from '../../progress/pull.js'
import { passSignals } from '../../session/signals.js'
import { talk } from '../../session/talk.js'
import { containerFlags, containerRequest } from '../../specs/container.js'

/** Docker's exit codes for what could not be started: 126 not executable, 127 not found, 125 anything else. */
function exitCodeFor(error: unknown): number {
  const message = messageOf(error)
  if (/not found|no such file/i.test(message) && /exec|start|create/i.test(message)) return 127
  return /permission denied|is a directory/i.test(message) ? 126 : 125
}

export default command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Run a command in a new container.',
  examples: ['essaim run --rm -it alpine sh', 'essaim run -d --name web -p 8080:80 nginx'],
  flags: containerFlags,
  args: [1, Infinity],
  stopAtArgument: true,
  async run(context, flags, [image = '', ...words]) {
    if (flags.tty && flags.interactive && !flags.detach && !context.input.isTTY) {
      throw invalid('cli.tty', 'the input device is not a TTY', {
        hint: 'leave -t out when the input is a file or a pipe',
      })
    }
    const request = containerRequest(image, words, flags)
    const created = await create(context, request, flags.name).catch((error: unknown) => {
      context.warn(explain(error))
      return undefined
    })
    if (!created) return 125
    const { Id, Warnings } = created
    for (const warning of Warnings ?? []) context.warn(`WARNING: ${warning}`)
    if (flags.detach) {
      await start(context, Id)
      context.print(Id)
      return
    }
    return attached(context, Id, flags)
  },
})

/** Creates the container; an image that is not here is fetched first. */
async function create(
  context: Context,
  request: ContainerCreateRequest,
  name: string | undefined,
): Promise<ContainerCreateResponse> {
  const { containers } = context.client
  const options = name === undefined ? {} : { name }
  try {
    return await containers.create(request, options)
  } catch (error) {
    if (!isKind(error, 'not-found') || !/No such image/i.test(error.message)) throw error
    const image = request.Image ?? ''
    context.warn(`Unable to find image '${image}' locally`)
    await pullImage({ ...context, print: (line = '') => context.warn(line) }, image)
    return containers.create(request, options)
  }
}

async function attached(
  context: Context,
  id: string,
  flags: { tty: boolean; interactive: boolean; rm: boolean },
): Promise<number> {
  const { containers } = context.client
  const session = await containers.attach(id, { stdin: flags.interactive, tty: flags.tty })
  const waiting = new AbortController()
  const { exit } = await containers.wait(id, flags.rm ? 'removed' : 'next-exit', waiting.signal)
  try {
    await start(context, id)
  } catch (error) {
    session.close()
    context.warn(explain(error))
    // The wait ends with the removal that --rm asked for, or never: its outcome is not of interest any more.
    exit.catch(() => undefined)
    await containers.remove(id, { force: true }).catch(() => undefined)
    return exitCodeFor(error)
  }
  const passed = passSignals((signal) => containers.kill(id, signal))
  try {
    const outcome = await talk(context, session, {
      stdin: flags.interactive,
      tty: flags.tty,
      resize: (size) => containers.resize(id, size),
    })
    if (outcome === 'left') {
      exit.catch(() => undefined)
      waiting.abort()
      return 0
    }
    return (await exit).StatusCode
  } finally {
    passed()
  }
}

const start = ({ client }: Context, id: string): Promise<void> => client.containers.start(id)
