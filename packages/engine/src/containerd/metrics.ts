import { unpackAny, type Any } from './any.js'
import { ContainerdError } from './error.js'
import { timeOf, type Timestamp } from './time.js'

/** What the kernel counts for a container, in the words of the host's cgroup version. */
export type Metrics =
  | { version: 1; /** RFC 3339. */ time: string; data: MetricsV1 }
  | { version: 2; /** RFC 3339. */ time: string; data: MetricsV2 }

/** A part is null where its controller is not there. Bytes and nanoseconds. */
export interface MetricsV1 {
  pids: { current: number; limit: number } | null
  cpu: {
    usage: { total: number; kernel: number; user: number; perCpu: number[] } | null
    throttling: { periods: number; throttledPeriods: number; throttledTime: number } | null
  } | null
  memory: (MemoryCountersV1 & { usage: MemoryEntryV1 | null; swap: MemoryEntryV1 | null }) | null
  blkio: { ioServiceBytesRecursive: BlkioEntryV1[]; ioServicedRecursive: BlkioEntryV1[] } | null
  memoryOomControl: { oomKillDisable: number; underOom: number; oomKill: number } | null
}

export interface MemoryEntryV1 {
  limit: number
  usage: number
  max: number
  failcnt: number
}

export interface BlkioEntryV1 {
  op: string
  device: string
  major: number
  minor: number
  value: number
}

export type MemoryCountersV1 = Record<
  | 'cache'
  | 'rss'
  | 'rssHuge'
  | 'mappedFile'
  | 'dirty'
  | 'writeback'
  | 'pgPgIn'
  | 'pgPgOut'
  | 'pgFault'
  | 'pgMajFault'
  | 'inactiveAnon'
  | 'activeAnon'
  | 'inactiveFile'
  | 'activeFile'
  | 'unevictable'
  | 'hierarchicalMemoryLimit'
  | 'hierarchicalSwapLimit'
  | 'totalCache'
  | 'totalRss'
  | 'totalRssHuge'
  | 'totalMappedFile'
  | 'totalDirty'
  | 'totalWriteback'
  | 'totalPgPgIn'
  | 'totalPgPgOut'
  | 'totalPgFault'
  | 'totalPgMajFault'
  | 'totalInactiveAnon'
  | 'totalActiveAnon'
  | 'totalInactiveFile'
  | 'totalActiveFile'
  | 'totalUnevictable',
  number
>

/** Bytes and microseconds. */
export interface MetricsV2 {
  pids: { current: number; limit: number } | null
  cpu: Record<'usageUsec' | 'userUsec' | 'systemUsec' | 'nrPeriods' | 'nrThrottled' | 'throttledUsec', number> | null
  memory: MemoryCountersV2 | null
  io: { usage: Record<'major' | 'minor' | 'rbytes' | 'wbytes' | 'rios' | 'wios', number>[] } | null
  memoryEvents: Record<'low' | 'high' | 'max' | 'oom' | 'oomKill', number> | null
}

export type MemoryCountersV2 = Record<
  | 'anon'
  | 'file'
  | 'kernelStack'
  | 'slab'
  | 'sock'
  | 'shmem'
  | 'fileMapped'
  | 'fileDirty'
  | 'fileWriteback'
  | 'anonThp'
  | 'inactiveAnon'
  | 'activeAnon'
  | 'inactiveFile'
  | 'activeFile'
  | 'unevictable'
  | 'slabReclaimable'
  | 'slabUnreclaimable'
  | 'pgfault'
  | 'pgmajfault'
  | 'workingsetRefault'
  | 'workingsetActivate'
  | 'workingsetNodereclaim'
  | 'pgrefill'
  | 'pgscan'
  | 'pgsteal'
  | 'pgactivate'
  | 'pgdeactivate'
  | 'pglazyfree'
  | 'pglazyfreed'
  | 'thpFaultAlloc'
  | 'thpCollapseAlloc'
  | 'usage'
  | 'usageLimit'
  | 'swapUsage'
  | 'swapLimit',
  number
>

export function decodeMetrics(
  containerId: string,
  metric: { timestamp: Timestamp | null; data: Any | null } | undefined,
): Metrics {
  if (!metric?.data) throw new ContainerdError('NOT_FOUND', `no metrics for ${containerId}`, 'Tasks.Metrics')
  const time = timeOf(metric.timestamp)
  const data = unpackAny(metric.data)
  return metric.data.type_url.includes('.v2.')
    ? { version: 2, time, data: data as MetricsV2 }
    : { version: 1, time, data: data as MetricsV1 }
}
