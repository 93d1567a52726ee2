/** Blkio stats entry. */
export type ContainerBlkioStatEntry = {
  major?: number
  minor?: number
  op?: string
  value?: number
} | null

/** BlkioStats stores all IO service stats for data read and write. */
export type ContainerBlkioStats = {
  io_service_bytes_recursive?: ContainerBlkioStatEntry[]
  io_serviced_recursive?: ContainerBlkioStatEntry[] | null
  io_queue_recursive?: ContainerBlkioStatEntry[] | null
  io_service_time_recursive?: ContainerBlkioStatEntry[] | null
  io_wait_time_recursive?: ContainerBlkioStatEntry[] | null
  io_merged_recursive?: ContainerBlkioStatEntry[] | null
  io_time_recursive?: ContainerBlkioStatEntry[] | null
  sectors_recursive?: ContainerBlkioStatEntry[] | null
} | null

/** All CPU stats aggregated since container inception. */
export type ContainerCPUUsage = {
  total_usage?: number
  percpu_usage?: number[] | null
  usage_in_kernelmode?: number
  usage_in_usermode?: number
} | null

/** CPU throttling stats of the container. */
export type ContainerThrottlingData = {
  periods?: number
  throttled_periods?: number
  throttled_time?: number
} | null

/** CPU related info of the container */
export type ContainerCPUStats = {
  cpu_usage?: ContainerCPUUsage
  system_cpu_usage?: number | null
  online_cpus?: number | null
  throttling_data?: ContainerThrottlingData
} | null

/** PidsStats contains Linux-specific stats of a container's process-IDs (PIDs). */
export type ContainerPidsStats = {
  current?: number | null
  limit?: number | null
} | null

/** Aggregates all memory stats since container inception on Linux. */
export interface ContainerMemoryStats {
  usage?: number | null
  max_usage?: number | null
  stats?: Record<string, number | null>
  failcnt?: number | null
  limit?: number | null
  commitbytes?: number | null
  commitpeakbytes?: number | null
  privateworkingset?: number | null
}

/** Aggregates the network stats of one container */
export type ContainerNetworkStats = {
  rx_bytes?: number
  rx_packets?: number
  rx_errors?: number
  rx_dropped?: number
  tx_bytes?: number
  tx_packets?: number
  tx_errors?: number
  tx_dropped?: number
  endpoint_id?: string | null
  instance_id?: string | null
} | null

/** StorageStats is the disk I/O stats for read/write on Windows. */
export type ContainerStorageStats = {
  read_count_normalized?: number | null
  read_size_bytes?: number | null
  write_count_normalized?: number | null
  write_size_bytes?: number | null
} | null

/** Statistics sample for a container. */
export interface ContainerStatsResponse {
  name?: string | null
  id?: string | null
  read?: string
  preread?: string
  pids_stats?: ContainerPidsStats
  blkio_stats?: ContainerBlkioStats
  num_procs?: number
  storage_stats?: ContainerStorageStats
  cpu_stats?: ContainerCPUStats
  precpu_stats?: ContainerCPUStats
  memory_stats?: ContainerMemoryStats
  networks?: Record<string, ContainerNetworkStats> | null
}
