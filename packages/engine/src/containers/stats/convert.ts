import type { ContainerBlkioStats, ContainerCPUStats, ContainerStatsResponse } from '@essaim/api-types'
import type { MetricsV1, MetricsV2 } from '../../containerd/index.js'

type Converted = Pick<ContainerStatsResponse, 'memory_stats' | 'blkio_stats' | 'pids_stats'> & {
  cpu: NonNullable<ContainerCPUStats>
}

/** Docker's statistics from the counters of cgroups v1. */
export function fromV1({ pids, cpu, memory, blkio }: MetricsV1): Converted {
  return {
    cpu: {
      cpu_usage: {
        total_usage: cpu?.usage?.total ?? 0,
        percpu_usage: cpu?.usage?.perCpu ?? [],
        usage_in_kernelmode: cpu?.usage?.kernel ?? 0,
        usage_in_usermode: cpu?.usage?.user ?? 0,
      },
      throttling_data: {
        periods: cpu?.throttling?.periods ?? 0,
        throttled_periods: cpu?.throttling?.throttledPeriods ?? 0,
        throttled_time: cpu?.throttling?.throttledTime ?? 0,
      },
    },
    memory_stats: memory
      ? {
          usage: memory.usage?.usage ?? 0,
          max_usage: memory.usage?.max ?? 0,
          failcnt: memory.usage?.failcnt ?? 0,
          limit: memory.usage?.limit ?? 0,
          stats: {
            cache: memory.cache,
            rss: memory.rss,
            rss_huge: memory.rssHuge,
            mapped_file: memory.mappedFile,
            dirty: memory.dirty,
            writeback: memory.writeback,
            pgpgin: memory.pgPgIn,
            pgpgout: memory.pgPgOut,
            pgfault: memory.pgFault,
            pgmajfault: memory.pgMajFault,
            inactive_anon: memory.inactiveAnon,
            active_anon: memory.activeAnon,
            inactive_file: memory.inactiveFile,
            active_file: memory.activeFile,
            unevictable: memory.unevictable,
            hierarchical_memory_limit: memory.hierarchicalMemoryLimit,
            hierarchical_memsw_limit: memory.hierarchicalSwapLimit,
            total_cache: memory.totalCache,
            total_rss: memory.totalRss,
            total_rss_huge: memory.totalRssHuge,
            total_mapped_file: memory.totalMappedFile,
            total_dirty: memory.totalDirty,
            total_writeback: memory.totalWriteback,
            total_pgpgin: memory.totalPgPgIn,
            total_pgpgout: memory.totalPgPgOut,
            total_pgfault: memory.totalPgFault,
            total_pgmajfault: memory.totalPgMajFault,
            total_inactive_anon: memory.totalInactiveAnon,
            total_active_anon: memory.totalActiveAnon,
            total_inactive_file: memory.totalInactiveFile,
            total_active_file: memory.totalActiveFile,
            total_unevictable: memory.totalUnevictable,
          },
        }
      : {},
    blkio_stats: blkioStats(
      (blkio?.ioServiceBytesRecursive ?? []).map(({ op, major, minor, value }) => ({ op, major, minor, value })),
      (blkio?.ioServicedRecursive ?? []).map(({ op, major, minor, value }) => ({ op, major, minor, value })),
    ),
    pids_stats: pids ? { current: pids.current, ...(pids.limit > 0 && { limit: pids.limit }) } : {},
  }
}

/** From the unified hierarchy; its microseconds become nanoseconds. */
export function fromV2({ pids, cpu, memory, io }: MetricsV2): Converted {
  return {
    cpu: {
      cpu_usage: {
        total_usage: (cpu?.usageUsec ?? 0) * 1000,
        usage_in_kernelmode: (cpu?.systemUsec ?? 0) * 1000,
        usage_in_usermode: (cpu?.userUsec ?? 0) * 1000,
      },
      throttling_data: {
        periods: cpu?.nrPeriods ?? 0,
        throttled_periods: cpu?.nrThrottled ?? 0,
        throttled_time: (cpu?.throttledUsec ?? 0) * 1000,
      },
    },
    memory_stats: memory
      ? {
          usage: memory.usage,
          limit: memory.usageLimit,
          stats: {
            anon: memory.anon,
            file: memory.file,
            kernel_stack: memory.kernelStack,
            slab: memory.slab,
            sock: memory.sock,
            shmem: memory.shmem,
            file_mapped: memory.fileMapped,
            file_dirty: memory.fileDirty,
            file_writeback: memory.fileWriteback,
            inactive_anon: memory.inactiveAnon,
            active_anon: memory.activeAnon,
            inactive_file: memory.inactiveFile,
            active_file: memory.activeFile,
            unevictable: memory.unevictable,
            pgfault: memory.pgfault,
            pgmajfault: memory.pgmajfault,
          },
        }
      : {},
    blkio_stats: blkioStats(
      (io?.usage ?? []).flatMap(({ major, minor, rbytes, wbytes }) => [
        { major, minor, op: 'read', value: rbytes },
        { major, minor, op: 'write', value: wbytes },
      ]),
      [],
    ),
    pids_stats: pids ? { current: pids.current, ...(pids.limit > 0 && { limit: pids.limit }) } : {},
  }
}

type Entries = NonNullable<NonNullable<ContainerBlkioStats>['io_service_bytes_recursive']>

function blkioStats(bytes: Entries, serviced: Entries): NonNullable<ContainerBlkioStats> {
  return {
    io_service_bytes_recursive: bytes,
    io_serviced_recursive: serviced,
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  }
}
