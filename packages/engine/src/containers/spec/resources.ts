import type { Resources } from '@essaim/api-types'
import { deviceNumber } from './devices.js'
import type { OciDeviceRule, OciResources, OciThrottle } from './types.js'

/** Docker's period for limits that are given in CPUs, in microseconds. */
const cpuPeriod = 100_000

/** Limits as the runtime takes them; zero means "not set" in Docker's API and is left out. */
export function ociResources(given: Resources, devices: OciDeviceRule[]): OciResources {
  const memory = compact({
    limit: given.Memory,
    reservation: given.MemoryReservation,
    swap: swapOf(given),
    kernelTCP: given.KernelMemoryTCP,
    swappiness:
      given.MemorySwappiness !== undefined && given.MemorySwappiness >= 0 ? given.MemorySwappiness : undefined,
    disableOOMKiller: given.OomKillDisable === true ? true : undefined,
  })
  const nano = given.NanoCpus ?? 0
  const cpu = compact({
    shares: given.CpuShares,
    quota: nano > 0 ? Math.floor((nano * cpuPeriod) / 1e9) : given.CpuQuota,
    period: nano > 0 ? cpuPeriod : given.CpuPeriod,
    realtimeRuntime: given.CpuRealtimeRuntime,
    realtimePeriod: given.CpuRealtimePeriod,
    cpus: given.CpusetCpus,
    mems: given.CpusetMems,
  })
  const blockIO = compact({
    weight: given.BlkioWeight,
    weightDevice: filled(
      (given.BlkioWeightDevice ?? []).map(({ Path = '', Weight = 0 }) => ({ ...deviceNumber(Path), weight: Weight })),
    ),
    throttleReadBpsDevice: throttles(given.BlkioDeviceReadBps),
    throttleWriteBpsDevice: throttles(given.BlkioDeviceWriteBps),
    throttleReadIOPSDevice: throttles(given.BlkioDeviceReadIOps),
    throttleWriteIOPSDevice: throttles(given.BlkioDeviceWriteIOps),
  })
  const pids = given.PidsLimit ?? 0
  return {
    devices,
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...(blockIO && { blockIO }),
    ...(pids !== 0 && { pids: { limit: pids } }),
  }
}

/** Memory and swap together; without a word twice the memory, as Docker has it. */
export function swapOf({ Memory: memory = 0, MemorySwap: swap = 0 }: Resources): number | undefined {
  if (swap !== 0) return swap
  return memory > 0 ? memory * 2 : undefined
}

function throttles(devices: Resources['BlkioDeviceReadBps']): OciThrottle[] | undefined {
  return filled((devices ?? []).map(({ Path = '', Rate = 0 }) => ({ ...deviceNumber(Path), rate: Rate })))
}

const filled = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined)

/** Without the fields that say nothing; undefined when none is left. Swappiness 0 is a value. */
function compact<T extends Record<string, unknown>>(fields: T): Partial<T> | undefined {
  const kept = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && value !== '' && (value !== 0 || name === 'swappiness'),
  )
  return kept.length > 0 ? (Object.fromEntries(kept) as Partial<T>) : undefined
}
