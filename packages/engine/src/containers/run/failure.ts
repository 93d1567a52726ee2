import { EssaimError, internal, invalid, messageOf } from '@essaim/base'
import { ContainerdError } from '../../containerd/index.js'

export interface StartFailure {
  /** Docker's: 127 for a program that is not there, 126 for one that cannot be run, 128 for the rest. */
  exitCode: number
  error: Error
}

/** Why a process did not start, as Docker words it and with the exit code that a shell would give. */
export function startFailure(error: unknown): StartFailure {
  if (!(error instanceof ContainerdError)) {
    return { exitCode: 128, error: error instanceof Error ? error : internal('container.start', messageOf(error)) }
  }
  const text = error.message
  const missing = /executable file not found|no such file or directory|not a directory|are you trying to mount/i
  const denied = /permission denied|is a directory|not permitted|exec format error/i
  const exitCode = missing.test(text) ? 127 : denied.test(text) ? 126 : 128
  return { exitCode, error: (exitCode === 128 ? internal : invalid)('container.start', text, { cause: error }) }
}

/** The same for an exec. */
export function execFailure(error: unknown): StartFailure {
  if (error instanceof EssaimError) return { exitCode: 126, error }
  if (!(error instanceof ContainerdError)) return { exitCode: 126, error: internal('exec.start', messageOf(error)) }
  const exitCode = /executable file not found|no such file or directory/i.test(error.message) ? 127 : 126
  return { exitCode, error: invalid('exec.start', error.message, { cause: error }) }
}
