import type { ProgressMessage } from '@essaim/api-types'
import { AsyncQueue, EssaimError, messageOf } from '@essaim/base'

export type Emit = (message: ProgressMessage) => void

/**
 * Runs `work` and answers its messages as they come. What fails before the first message rejects the call (unless
 * `eager`, for operations whose head is sent at once); what fails later is the stream's last message.
 */
export async function progressStream(
  work: (emit: Emit) => Promise<void>,
  options: { eager?: boolean } = {},
): Promise<AsyncIterable<ProgressMessage>> {
  const queue = new AsyncQueue<ProgressMessage>()
  let begun = options.eager ?? false
  await new Promise<void>((resolve, reject) => {
    if (begun) resolve()
    const emit: Emit = (message) => {
      begun = true
      queue.push(message)
      resolve()
    }
    work(emit).then(
      () => {
        queue.close()
        resolve()
      },
      (error: unknown) => {
        if (!begun) return reject(error instanceof Error ? error : new Error(String(error)))
        queue.push(failureMessage(error))
        queue.close()
      },
    )
  })
  return queue
}

/** A command that was part of the work ended with this code, which is the client's exit code then. */
export class CommandFailed extends EssaimError {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super('internal', 'build.command', message)
  }
}

function failureMessage(error: unknown): ProgressMessage {
  const message = messageOf(error)
  const code = error instanceof CommandFailed ? { code: error.exitCode } : {}
  return { errorDetail: { ...code, message }, error: message }
}

/** A message with the bar that Docker's engine draws for clients that do not draw their own. */
export function barMessage(status: string, id: string, current: number, total: number): ProgressMessage {
  return { status, id, progressDetail: { current, ...(total > 0 && { total }) }, progress: bar(current, total) }
}

export function stepMessage(status: string, id: string): ProgressMessage {
  return { status, progressDetail: {}, id }
}

function bar(current: number, total: number): string {
  const have = humanSize(current).padStart(8)
  if (total <= 0) return have
  const done = Math.min(50, Math.trunc((current / total) * 50))
  const drawn = `[${'='.repeat(done)}>${' '.repeat(50 - done)}] ${have}`
  return current > total ? drawn : `${drawn}/${humanSize(total)}`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Four significant digits, powers of 1000. */
export function humanSize(bytes: number): string {
  let unit = 0
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000
    unit++
  }
  return `${Number(bytes.toPrecision(4))}${units[unit] ?? ''}`
}

/** At most one message per interval and id; whoever emits sends the last one unthrottled. */
export function throttled(emit: Emit, interval = 100): Emit {
  let last = 0
  return (message) => {
    const now = Date.now()
    if (now - last < interval) return
    last = now
    emit(message)
  }
}
