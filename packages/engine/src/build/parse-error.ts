import { EssaimError, invalid, messageOf } from '@essaim/base'
import { CommandFailed } from '../images/progress.js'

export function parseError(line: number, why: string): EssaimError {
  return invalid('build.parse', `dockerfile parse error line ${line}: ${why}`)
}

/** Reads a part of the instruction at `line`: what is wrong with it is said with that line. */
export function readAt<T>(line: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EssaimError && error.code !== 'build.parse') throw parseError(line, error.message)
    throw error
  }
}

/** Carries out the instruction at `line`: what fails is said with that line, behind Docker's own words. */
export async function carryOutAt<T>(line: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EssaimError) || error.code === 'build.parse' || line === 0) throw error
    const message = `${messageOf(error)} (line ${line} of the Dockerfile)`
    if (error instanceof CommandFailed) throw new CommandFailed(error.exitCode, message)
    const { hint } = error
    throw new EssaimError(error.kind, error.code, message, { cause: error, ...(hint !== undefined && { hint }) })
  }
}
