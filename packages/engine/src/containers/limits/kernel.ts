import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which limits this kernel has means for. */
export interface KernelLimits {
  version: 1 | 2
  memory: boolean
  swap: boolean
  reservation: boolean
  swappiness: boolean
  oomKillDisable: boolean
  kernelMemoryTcp: boolean
  cpuShares: boolean
  cpuCfs: boolean
  cpuRealtime: boolean
  cpuset: boolean
  /** Processors and memory nodes that may be used, as the kernel lists them: `0-3,5`. */
  cpus: string
  mems: string
  blkioWeight: boolean
  blkioWeightDevice: boolean
  blkioThrottle: boolean
  pids: boolean
}

const root = '/sys/fs/cgroup'

/** Looks at the cgroups of this host, of version 1 or 2. */
export function lookAtKernel(cgroups: string = root): KernelLimits {
  const has = (file: string): boolean => existsSync(join(cgroups, file))
  const read = (file: string): string => (has(file) ? readFileSync(join(cgroups, file), 'utf8').trim() : '')
  return has('cgroup.controllers') ? unified(read, has) : separate(read, has)
}

function separate(read: (file: string) => string, has: (file: string) => boolean): KernelLimits {
  return {
    version: 1,
    memory: has('memory/memory.limit_in_bytes'),
    swap: has('memory/memory.memsw.limit_in_bytes'),
    reservation: has('memory/memory.soft_limit_in_bytes'),
    swappiness: has('memory/memory.swappiness'),
    oomKillDisable: has('memory/memory.oom_control'),
    kernelMemoryTcp: has('memory/memory.kmem.tcp.limit_in_bytes'),
    cpuShares: has('cpu/cpu.shares'),
    cpuCfs: has('cpu/cpu.cfs_quota_us'),
    cpuRealtime: has('cpu/cpu.rt_period_us'),
    cpuset: has('cpuset/cpuset.cpus'),
    cpus: read('cpuset/cpuset.cpus'),
    mems: read('cpuset/cpuset.mems'),
    blkioWeight: has('blkio/blkio.weight'),
    blkioWeightDevice: has('blkio/blkio.weight_device'),
    blkioThrottle: has('blkio/blkio.throttle.read_bps_device'),
    pids: has('pids'),
  }
}

/** The unified hierarchy has no swappiness, no OOM switch, no real-time share of its own and no TCP memory. */
function unified(read: (file: string) => string, has: (file: string) => boolean): KernelLimits {
  const controllers = new Set(read('cgroup.controllers').split(' '))
  const [memory, cpu, cpuset, io] = ['memory', 'cpu', 'cpuset', 'io'].map((name) => controllers.has(name))
  return {
    version: 2,
    memory: memory === true,
    // The root has no such file: a slice that systemd or anybody made tells it.
    swap:
      memory === true && (has('system.slice/memory.swap.max') || has('essaim/memory.swap.max') || !has('system.slice')),
    reservation: memory === true,
    swappiness: false,
    oomKillDisable: false,
    kernelMemoryTcp: false,
    cpuShares: cpu === true,
    cpuCfs: cpu === true,
    cpuRealtime: false,
    cpuset: cpuset === true,
    cpus: read('cpuset.cpus.effective'),
    mems: read('cpuset.mems.effective'),
    blkioWeight: io === true,
    blkioWeightDevice: io === true,
    blkioThrottle: io === true,
    pids: controllers.has('pids'),
  }
}

let known: KernelLimits | undefined

/** Of the host that this process runs on; it does not change while it runs. */
export function kernelLimits(): KernelLimits {
  known ??= lookAtKernel()
  return known
}
