import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupVersion } from '../create/defaults.js'
import type { ContainerRecord } from '../record.js'
import { cgroupPath } from '../spec/build.js'

/** Whether the kernel has killed one of its processes for want of memory; asked before the cgroup goes. */
export function wasOomKilled({ id, host }: ContainerRecord): boolean {
  const folder = cgroupPath(host.CgroupParent, id)
  const file =
    cgroupVersion === 2
      ? join('/sys/fs/cgroup', folder, 'memory.events')
      : join('/sys/fs/cgroup/memory', folder, 'memory.oom_control')
  try {
    return /^oom_kill [1-9]/m.test(readFileSync(file, 'utf8'))
  } catch {
    // The cgroup has gone already, or there is no memory controller.
    return false
  }
}
