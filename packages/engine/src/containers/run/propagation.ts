import { readFileSync } from 'node:fs'
import { internal } from '@essaim/base'

interface MountedAt {
  path: string
  /** `shared:N`, `master:N` and the like. */
  peers: string[]
}

/** Of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export function parseMountinfo(text: string): MountedAt[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const fields = line.split(' ')
      const path = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)))
      return { path, peers: fields.slice(6, fields.indexOf('-')) }
    })
}

/** Throws Docker's refusal when mounts cannot come from, or go to, the place where `source` lies. */
export function checkPropagation(source: string, propagation: string, mounts: MountedAt[] = ownMounts()): void {
  const kind = propagation.replace(/^r/, '')
  if (kind !== 'shared' && kind !== 'slave') return
  const above = mounts.filter(({ path }) => path === '/' || source === path || source.startsWith(`${path}/`))
  // Of several at one place the last one lies on top.
  const under = above.reduce<MountedAt | undefined>(
    (best, mount) => (best && best.path.length > mount.path.length ? best : mount),
    undefined,
  )
  const peers = under?.peers ?? []
  const shared = peers.some((peer) => peer.startsWith('shared:'))
  const slave = peers.some((peer) => peer.startsWith('master:'))
  if (shared || (kind === 'slave' && slave)) return
  const wanted = kind === 'shared' ? 'a shared mount' : 'a shared or slave mount'
  throw internal(
    'container.propagation',
    `path ${source} is mounted on ${under?.path ?? '/'} but it is not ${wanted}`,
    {
      hint: `mount --make-rshared ${under?.path ?? '/'}`,
    },
  )
}

const ownMounts = (): MountedAt[] => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
