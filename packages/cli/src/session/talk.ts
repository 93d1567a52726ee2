import type { Session } from '@essaim/client'
import type { Context } from '../core/context.js'

export interface TalkChoice {
  stdin: boolean
  tty: boolean
  /** Told of the terminal's size, at once and when it changes. */
  resize: (size: { h: number; w: number }) => Promise<void>
}

/** Joins the user's terminal with a process until its output ends; what was changed of the terminal is put back. */
export async function talk(context: Context, session: Session, choice: TalkChoice): Promise<void> {
  const { input, out, err } = context
  const raw = choice.tty && choice.stdin && input.isTTY
  const tell = (): void => {
    // The process may have ended in the meantime: then there is nothing to resize.
    choice.resize({ h: out.rows, w: out.columns }).catch(() => undefined)
  }
  if (raw) input.setRawMode(true)
  if (choice.tty && out.isTTY) {
    tell()
    out.on('resize', tell)
  }
  if (choice.stdin) input.pipe(session.input)
  else if (!choice.tty) session.input.end()
  try {
    for await (const { stream, data } of session.output) (stream === 'stdout' ? out : err).write(data)
  } finally {
    out.off('resize', tell)
    if (raw) input.setRawMode(false)
    if (choice.stdin) {
      input.unpipe(session.input)
      // A terminal or pipe that is still being read would keep this process alive.
      input.destroy()
    }
    session.close()
  }
}
