import type { Session } from '@essaim/client'
import type { Context } from '../core/context.js'
import { escapeWatch } from './escape.js'

export interface TalkChoice {
  stdin: boolean
  tty: boolean
  /** Told of the terminal's size, at once and when it changes. */
  resize: (size: { h: number; w: number }) => Promise<void>
}

/**
 * Joins the user's terminal with a process until its output ends, or until the user leaves it with Ctrl-P Ctrl-Q. What
 * was changed of the terminal is put back.
 */
export async function talk(context: Context, session: Session, choice: TalkChoice): Promise<'ended' | 'left'> {
  const { input, out, err } = context
  const raw = choice.tty && choice.stdin && input.isTTY
  let left = false
  const tell = (): void => {
    // The process may have ended in the meantime: then there is nothing to resize.
    choice.resize({ h: out.rows, w: out.columns }).catch(() => undefined)
  }
  const escaped = escapeWatch()
  const watch = (typed: Uint8Array): void => {
    if (!escaped(typed)) return
    left = true
    session.close()
  }
  if (raw) {
    input.setRawMode(true)
    input.on('data', watch)
  }
  if (choice.tty && out.isTTY) {
    tell()
    out.on('resize', tell)
  }
  if (choice.stdin) input.pipe(session.input)
  else if (!choice.tty) session.input.end()
  try {
    for await (const { stream, data } of session.output) (stream === 'stdout' ? out : err).write(data)
  } catch (error) {
    // Leaving breaks the connection.
    if (!left) throw error
  } finally {
    out.off('resize', tell)
    input.off('data', watch)
    if (raw) input.setRawMode(false)
    if (choice.stdin) {
      input.unpipe(session.input)
      // A terminal or pipe that is still being read would keep this process alive.
      input.destroy()
    }
    session.close()
  }
  return left ? 'left' : 'ended'
}
