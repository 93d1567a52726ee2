import { existsSync } from 'node:fs'
import type { HostConfig } from '@essaim/api-types'
import type { OciMount } from './types.js'

/** The files of the sandbox that every container sees under /etc. */
export interface EtcFiles {
  hostsFile: string
  hostnameFile: string
  resolvFile: string
}

const etcTargets = {
  '/etc/resolv.conf': 'resolvFile',
  '/etc/hostname': 'hostnameFile',
  '/etc/hosts': 'hostsFile',
} as const

/** Docker's size of /dev/shm, 64 MiB. */
export const defaultShmSize = 67_108_864

/**
 * All mounts, in the order in which they are made: the system's, the sandbox's files, then the user's by depth. A user's
 * mount takes the place of one of ours at the same path.
 */
export function ociMounts(host: HostConfig, etc: EtcFiles, shmPath: string | undefined, user: OciMount[]): OciMount[] {
  const taken = new Set(user.map((mount) => mount.destination))
  const files = Object.entries(etcTargets).map(([destination, key]): OciMount => {
    return { destination, type: 'bind', source: etc[key], options: ['rbind', 'rprivate'] }
  })
  const ours = [...systemMounts(host, shmPath), ...files].filter((mount) => !taken.has(mount.destination))
  return [...ours, ...user.toSorted((a, b) => depth(a.destination) - depth(b.destination))]
}

const depth = (path: string): number => path.split('/').filter((part) => part !== '').length

function systemMounts(host: HostConfig, shmPath: string | undefined): OciMount[] {
  const safe = ['nosuid', 'noexec', 'nodev']
  const writable = host.Privileged === true ? [] : ['ro']
  const shared = host.IpcMode === 'host'
  const mounts: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: safe },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...safe, ...writable] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...writable, ...safe] },
  ]
  if (!shared) mounts.push({ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: safe })
  else if (existsSync('/dev/mqueue')) {
    mounts.push({ destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', ...safe] })
  }
  if (shared) mounts.push({ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', ...safe] })
  else if (shmPath !== undefined) {
    mounts.push({ destination: '/dev/shm', type: 'bind', source: shmPath, options: ['rbind', 'rprivate'] })
  } else if (host.IpcMode !== 'none') {
    const size = host.ShmSize || defaultShmSize
    mounts.push({
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...safe, 'mode=1777', `size=${size}`],
    })
  }
  return mounts
}
