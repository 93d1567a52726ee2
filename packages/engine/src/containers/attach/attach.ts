import { conflict } from '@essaim/base'
import type { AttachOptions, LogEntry, StreamChunk, StreamSession } from '@essaim/api-types'
import { tolerate } from '../../containerd/index.js'
import { readLog } from '../../logs/read.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { publish } from '../events.js'
import { isAlive } from '../record.js'
import type { Run } from '../run/run.js'
import { parseDetachKeys } from './detach.js'
import { StdinPipe } from './stdin.js'

/** A conversation with the container's process: the one that runs, or the next one when none does. */
export async function attachContainer(
  deps: ContainerDeps,
  ref: string,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<StreamSession> {
  const container = deps.registry.find(ref)
  const { record } = container
  if (record.state.status === 'paused') {
    throw conflict('container.paused', `Container ${ref} is paused. Unpause the container before attach`)
  }
  if (record.state.status === 'restarting') {
    throw conflict('container.restarting', `Container ${ref} is restarting, wait until the container is running`)
  }
  const keys = parseDetachKeys(options.detachKeys)
  const tty = record.config.Tty === true
  const detached = new AbortController()
  const either = AbortSignal.any([signal, detached.signal])
  // Where the live part starts is settled before anything else happens, so that no byte comes twice or never.
  const running = isAlive(record.state) ? container.run : undefined
  const next = running ? Promise.resolve(running) : container.onceStarted(either)
  next.catch(() => {
    // The reader sees an end.
  })
  const live = options.stream ? liveOutput(next, running, options, either) : undefined
  publish(deps, container, 'attach')
  const output = outputOf(deps, container, options, live, either)
  if (!options.stdin || !options.stream || record.config.OpenStdin !== true) return { tty, output }
  const stdin = new StdinPipe({
    open: async () => (await next.catch(() => undefined))?.stdin,
    ...(record.config.StdinOnce === true && !tty && { close: () => closeStdin(deps, container) }),
    ...(tty && { detachKeys: keys }),
    onDetach: () => {
      publish(deps, container, 'detach')
      detached.abort()
    },
  })
  return { tty, output, stdin }
}

/** A run that is to come is followed from its first byte. */
function liveOutput(
  next: Promise<Run | undefined>,
  running: Run | undefined,
  wanted: AttachOptions,
  signal: AbortSignal,
): AsyncIterable<StreamChunk> {
  if (running) return running.output.follow(wanted, 'now', signal)
  const following = next.then(
    (run) => run?.output.follow(wanted, 'start', signal),
    () => undefined,
  )
  return (async function* () {
    const chunks = await following
    if (chunks) yield* chunks
  })()
}

async function* outputOf(
  deps: ContainerDeps,
  { record, run }: Container,
  { logs, stdout, stderr }: AttachOptions,
  live: AsyncIterable<StreamChunk> | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamChunk> {
  if (logs && record.host.LogConfig?.Type !== 'none') {
    const past = { follow: false, stdout, stderr, timestamps: false, details: false }
    const log = run ? { log: run.output.log, ended: () => true } : undefined
    for await (const { stream, data } of readLog(deps.paths.log(record.id), past, log, signal)) {
      yield { stream, data } satisfies Pick<LogEntry, 'stream' | 'data'>
    }
  }
  if (live) yield* live
}

async function closeStdin({ containerd }: ContainerDeps, { id }: Container): Promise<void> {
  await tolerate(containerd.tasks.closeIO(id), 'NOT_FOUND', 'FAILED_PRECONDITION')
}
