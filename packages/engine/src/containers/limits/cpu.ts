import { invalid } from '@essaim/base'
import type { Resources } from '@essaim/api-types'
import type { KernelLimits } from './kernel.js'

const refuse = (field: string, message: string): Error => invalid(`container.${field}`, message)

/** Throws Docker's refusal of a share of the processors that cannot be. */
export function checkCpu(host: Resources, kernel: KernelLimits, processors: number): void {
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0 } = host
  if (nano !== 0 && !kernel.cpuCfs) {
    const why = 'as your kernel does not support CPU CFS scheduler or the cgroup is not mounted'
    throw refuse('cpus', `NanoCPUs can not be set, ${why}`)
  }
  if (nano !== 0 && (nano < 0 || nano > processors * 1e9)) {
    const most = `${processors}.00`
    throw refuse('cpus', `Range of CPUs is from 0.01 to ${most}, as there are only ${processors} CPUs available`)
  }
  if (nano > 0 && period > 0) throw refuse('cpus', 'Conflicting options: Nano CPUs and CPU Period cannot both be set')
  if (nano > 0 && quota > 0) throw refuse('cpus', 'Conflicting options: Nano CPUs and CPU Quota cannot both be set')
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    throw refuse('cpu-period', 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  }
  if (quota > 0 && quota < 1000) throw refuse('cpu-quota', 'CPU cfs quota can not be less than 1ms (i.e. 1000)')
  checkRealtime(host, kernel)
  if (!kernel.cpuset) return
  checkSet('cpus', 'CPUs', host.CpusetCpus ?? '', kernel.cpus)
  checkSet('mems', 'memory nodes', host.CpusetMems ?? '', kernel.mems)
}

function checkRealtime(
  { CpuRealtimePeriod: period = 0, CpuRealtimeRuntime: runtime = 0 }: Resources,
  kernel: KernelLimits,
): void {
  if (period === 0 && runtime === 0) return
  if (!kernel.cpuRealtime) {
    throw refuse('cpu-rt', 'Your kernel does not support CPU real-time scheduler')
  }
  if (period !== 0 && runtime > period) {
    throw refuse('cpu-rt', 'cpu real-time runtime cannot be higher than cpu real-time period')
  }
}

function checkSet(name: 'cpus' | 'mems', what: string, wanted: string, available: string): void {
  if (wanted === '') return
  const list = numbersOf(wanted)
  if (!list) throw refuse(`cpuset-${name}`, `Invalid value ${wanted} for cpuset ${name}: invalid format: ${wanted}`)
  const there = new Set(numbersOf(available) ?? [])
  if (list.some((one) => !there.has(one))) {
    const refusal = `Requested ${what} are not available - requested ${wanted}, available: ${available}`
    throw refuse(`cpuset-${name}`, refusal)
  }
}

/** The numbers of `0-2,5`; undefined for what is no such list. */
function numbersOf(text: string): number[] | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return undefined
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: Math.min(Math.max(0, last - first + 1), 8192) }, (_, index) => first + index)
  })
}
