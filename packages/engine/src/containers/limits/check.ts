import { availableParallelism } from 'node:os'
import { invalid } from '@essaim/base'
import type { Resources } from '@essaim/api-types'
import { checkCpu } from './cpu.js'
import type { KernelLimits } from './kernel.js'

export interface CheckedLimits {
  /** What is so instead, for limits that this kernel has no means for. */
  changes: Partial<Resources>
  /** Docker's words for each. */
  warnings: string[]
}

/** Docker's least memory, 6 MiB: runc needs as much to start. */
const leastMemory = 6 << 20

const refuse = (field: string, message: string): Error => invalid(`container.${field}`, message)

/** Checks limits of a new container, or of an update, against what the kernel can do. Throws Docker's refusals. */
export function checkLimits(
  given: Resources,
  kernel: KernelLimits,
  processors: number = availableParallelism(),
): CheckedLimits {
  const out: CheckedLimits = { changes: {}, warnings: [] }
  checkMemory(given)
  checkCpu(given, kernel, processors)
  checkOthers(given, kernel)
  discard(given, kernel, out)
  return out
}

function checkMemory({
  Memory: memory = 0,
  MemorySwap: swap = 0,
  MemoryReservation: soft = 0,
  ...host
}: Resources): void {
  if (memory !== 0 && memory < leastMemory) throw refuse('memory', 'Minimum memory limit allowed is 6MB')
  if (memory > 0 && swap > 0 && swap < memory) {
    throw refuse('memory-swap', 'Minimum memoryswap limit should be larger than memory limit, see usage')
  }
  if (memory === 0 && swap > 0) {
    throw refuse('memory-swap', 'You should always set the Memory limit when using Memoryswap limit, see usage')
  }
  if (soft !== 0 && soft < leastMemory) throw refuse('memory-reservation', 'Minimum memory reservation allowed is 6MB')
  if (memory > 0 && soft > memory) {
    throw refuse('memory-reservation', 'Minimum memory limit can not be less than memory reservation limit, see usage')
  }
  const swappiness = host.MemorySwappiness ?? -1
  if (swappiness < -1 || swappiness > 100) {
    throw refuse('memory-swappiness', `Invalid value: ${swappiness}, valid memory swappiness range is 0-100`)
  }
}

function checkOthers(host: Resources, kernel: KernelLimits): void {
  const weight = host.BlkioWeight ?? 0
  if (kernel.blkioWeight && weight !== 0 && (weight < 10 || weight > 1000)) {
    throw refuse('blkio-weight', 'Range of blkio weight is from 10 to 1000')
  }
  if ((host.IOMaximumBandwidth ?? 0) !== 0) {
    throw refuse('io', 'Invalid QoS settings: linux does not support configuration of maximum bandwidth')
  }
  if ((host.IOMaximumIOps ?? 0) !== 0) {
    throw refuse('io', 'Invalid QoS settings: linux does not support configuration of maximum IOPs')
  }
}

const notMounted = 'or the cgroup is not mounted.'

function discard(host: Resources, kernel: KernelLimits, { changes, warnings }: CheckedLimits): void {
  const drop = (wanted: boolean, able: boolean, change: Partial<Resources>, warning: string): void => {
    if (!wanted || able) return
    Object.assign(changes, change)
    warnings.push(warning)
  }
  const lack = (what: string, then: string): string => `Your kernel does not support ${what} ${notMounted} ${then}`
  const has = (list: unknown[] | undefined): boolean => (list ?? []).length > 0
  const memory = (host.Memory ?? 0) > 0
  drop(memory, kernel.memory, { Memory: 0, MemorySwap: 0 }, lack('memory limit capabilities', 'Limitation discarded.'))
  const unswapped = lack('swap limit capabilities', 'Memory limited without swap.')
  drop(memory && kernel.memory, kernel.swap, { MemorySwap: -1 }, unswapped)
  const swappy = host.MemorySwappiness !== undefined && host.MemorySwappiness !== -1
  const steady = lack('memory swappiness capabilities', 'Memory swappiness discarded.')
  drop(swappy, kernel.swappiness, { MemorySwappiness: -1 }, steady)
  const soft = lack('memory soft limit capabilities', 'Limitation discarded.')
  drop((host.MemoryReservation ?? 0) > 0, kernel.reservation, { MemoryReservation: 0 }, soft)
  const tcp = lack('kernel memory TCP limit capabilities', 'Limitation discarded.')
  drop((host.KernelMemoryTCP ?? 0) > 0, kernel.kernelMemoryTcp, { KernelMemoryTCP: 0 }, tcp)
  if (host.OomKillDisable === true) {
    const kept = kernel.oomKillDisable
    drop(
      true,
      kept,
      { OomKillDisable: false },
      'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    )
    if (kept && !memory) {
      warnings.push(
        'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
      )
    }
  }
  const pids = lack('PIDs limit capabilities', 'PIDs limit discarded.')
  drop((host.PidsLimit ?? 0) > 0, kernel.pids, { PidsLimit: 0 }, pids)
  drop((host.CpuShares ?? 0) > 0, kernel.cpuShares, { CpuShares: 0 }, lack('CPU shares', 'Shares discarded.'))
  const cfs = 'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.'
  drop(Boolean(host.CpuPeriod || host.CpuQuota), kernel.cpuCfs, { CpuPeriod: 0, CpuQuota: 0 }, cfs)
  drop((host.CpuPercent ?? 0) > 0, false, { CpuPercent: 0 }, 'linux does not support CPU percent. Percent discarded.')
  const sets = lack('cpuset', 'Cpuset discarded.')
  drop(Boolean(host.CpusetCpus || host.CpusetMems), kernel.cpuset, { CpusetCpus: '', CpusetMems: '' }, sets)
  const weight = lack('Block I/O weight', 'Weight discarded.')
  drop((host.BlkioWeight ?? 0) > 0, kernel.blkioWeight, { BlkioWeight: 0 }, weight)
  const devices = lack('Block I/O weight_device', 'Weight-device discarded.')
  drop(has(host.BlkioWeightDevice), kernel.blkioWeightDevice, { BlkioWeightDevice: [] }, devices)
  for (const [name, what, lost] of throttles) {
    drop(has(host[name]), kernel.blkioThrottle, { [name]: [] }, lack(what, `Block I/O ${lost} limit discarded.`))
  }
}

const throttles = [
  ['BlkioDeviceReadBps', 'BPS Block I/O read limit', 'BPS read'],
  ['BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'BPS write'],
  ['BlkioDeviceReadIOps', 'IOPS Block read limit', 'IOPS read'],
  ['BlkioDeviceWriteIOps', 'IOPS Block write limit', 'IOPS write'],
] as const
