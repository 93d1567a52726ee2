import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupVersion } from '../create/defaults.js'
import type { ContainerRecord } from '../record.js'
import { cgroupPath } from '../spec/build.js'

const words = cgroupVersion === 2 ? { frozen: '1', thawed: '0' } : { frozen: 'FROZEN', thawed: 'THAWED' }

/** Stops all processes of a container until `thaw`: for one that writes faster than its output is taken. */
export function freeze(record: ContainerRecord): void {
  write(record, words.frozen)
}

/** Lets them go on, unless the user has paused the container. */
export function thaw(record: ContainerRecord): void {
  if (record.state.status !== 'paused' && isFrozen(record)) write(record, words.thawed)
}

function isFrozen(record: ContainerRecord): boolean {
  try {
    return readFileSync(fileOf(record), 'utf8').trim() !== words.thawed
  } catch {
    // Its processes have ended, and the cgroup with them.
    return false
  }
}

function write(record: ContainerRecord, word: string): void {
  try {
    writeFileSync(fileOf(record), word)
  } catch {
    // Its processes have ended, and the cgroup with them.
  }
}

function fileOf({ id, host }: ContainerRecord): string {
  const folder = cgroupPath(host.CgroupParent, id)
  return cgroupVersion === 2
    ? join('/sys/fs/cgroup', folder, 'cgroup.freeze')
    : join('/sys/fs/cgroup/freezer', folder, 'freezer.state')
}
