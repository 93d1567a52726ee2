import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, messageOf } from '@essaim/base'

/**
 * The place `subpath` of a volume on the host. Links are followed inside the volume alone: its contents are a container's
 * to write, and must not name a place of the host. Throws Docker's message for what is not there or leads out.
 */
export async function placeIn(folder: string, subpath: string): Promise<string> {
  const path = join(folder, subpath)
  const refuse = (why: string, cause?: unknown): Error =>
    invalid('volume.subpath', `cannot access path ${path}: ${why}`, { cause })
  const [root, place] = await Promise.all([
    realpath(folder),
    realpath(path).catch((error: NodeJS.ErrnoException) => {
      throw refuse(error.code === 'ENOENT' ? `lstat ${path}: no such file or directory` : messageOf(error), error)
    }),
  ])
  if (place !== root && !place.startsWith(`${root}/`)) throw refuse('path leads out of the volume')
  return place
}
