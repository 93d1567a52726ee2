import { execFile } from 'node:child_process'
import { constants, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes FIFOs that are missing, with mode 0600. */
export async function makeFifos(paths: string[]): Promise<void> {
  const missing = paths.filter((path) => !existsSync(path))
  if (missing.length > 0) await run('mkfifo', ['-m', '0600', '--', ...missing])
}

/**
 * The writing end of a process's standard input. Opened for reading too, which never blocks and never breaks the pipe;
 * the process sees an end only when the shim's own end is closed as well.
 */
export function openWriter(path: string): Socket {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const socket = new Socket({ fd, readable: false, writable: true })
  socket.unref()
  return socket
}

/** The reading end of an exec's output; `end` comes when the process and all that inherited it have closed it. */
export function openReader(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}
