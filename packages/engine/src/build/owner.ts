import { invalid } from '@essaim/base'
import type { Layers } from '../containers/rootfs/layers.js'

export interface Owner {
  uid: number
  gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

/** `user[:group]` of `--chown`, by number or by the image's own names. A user alone stands for the group of that name too. */
export function parseOwner(text: string, image: Layers): Owner {
  const [user = '', group = user, ...more] = text.split(':')
  if (user === '' || group === '' || more.length > 0)
    throw invalid('build.chown', `invalid chown string format: ${text}`)
  return { uid: numberOf(user, '/etc/passwd', 'uid', image), gid: numberOf(group, '/etc/group', 'gid', image) }
}

function numberOf(word: string, file: string, what: 'uid' | 'gid', image: Layers): number {
  if (/^\d+$/.test(word)) return Number(word)
  const line = image
    .read(file)
    .split('\n')
    .find((entry) => entry.startsWith(`${word}:`))
  const found = Number(line?.split(':')[2])
  if (line !== undefined && Number.isInteger(found)) return found
  const kind = what === 'uid' ? 'user' : 'group'
  const why = `can't find ${what} for ${kind} ${word}: no such ${kind}: ${word}`
  throw invalid('build.chown', `unable to convert uid/gid chown string to host mapping: ${why}`)
}
