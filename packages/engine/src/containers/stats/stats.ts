import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { nowNano, sleep, zeroTime } from '@essaim/base'
import type { ContainerCPUStats, ContainerNetworkStats, ContainerStatsResponse } from '@essaim/api-types'
import { isCode, type Metrics } from '../../containerd/index.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { isAlive } from '../record.js'
import { fromV1, fromV2 } from './convert.js'

/** Docker's rhythm. */
const interval = 1000

const nothing: ContainerStatsResponse = { read: zeroTime, preread: zeroTime }

/** A sample a second while the client listens; one that does not run answers zeros, and a stream waits for its start. */
export async function containerStats(
  deps: ContainerDeps,
  ref: string,
  options: { stream: boolean; oneShot: boolean },
  signal: AbortSignal,
): Promise<AsyncIterable<ContainerStatsResponse>> {
  return samples(deps, deps.registry.find(ref), options, signal)
}

async function* samples(
  deps: ContainerDeps,
  container: Container,
  { stream, oneShot }: { stream: boolean; oneShot: boolean },
  signal: AbortSignal,
): AsyncGenerator<ContainerStatsResponse> {
  const names = { id: container.id, name: `/${container.record.name}` }
  let before: ContainerStatsResponse = nothing
  if (!stream && !oneShot && isAlive(container.record.state)) {
    before = await sample(deps, container)
    await sleep(interval, signal)
  }
  for (;;) {
    const now = isAlive(container.record.state) ? await sample(deps, container) : nothing
    const precpu: ContainerCPUStats = before.cpu_stats ?? emptyCpu
    yield { ...emptySample, ...now, ...names, preread: before.read ?? zeroTime, precpu_stats: precpu }
    if (!stream || !deps.registry.get(container.id)) return
    before = now
    try {
      await sleep(interval, signal)
    } catch {
      // The client has left.
      return
    }
  }
}

const emptyCpu: ContainerCPUStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
}

const emptySample: ContainerStatsResponse = {
  pids_stats: {},
  blkio_stats: {
    io_service_bytes_recursive: [],
    io_serviced_recursive: null,
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  },
  num_procs: 0,
  storage_stats: {},
  cpu_stats: emptyCpu,
  memory_stats: {},
}

async function sample(deps: ContainerDeps, { id, record }: Container): Promise<ContainerStatsResponse> {
  let metrics: Metrics
  try {
    metrics = await deps.containerd.tasks.metrics(id)
  } catch (error) {
    // It has ended since the look.
    if (isCode(error, 'NOT_FOUND', 'FAILED_PRECONDITION', 'UNKNOWN')) return nothing
    throw error
  }
  const { cpu, ...rest } = metrics.version === 1 ? fromV1(metrics.data) : fromV2(metrics.data)
  const memory = rest.memory_stats
  const limit = Math.min(memory?.limit ?? Infinity, totalmem())
  return {
    read: nowNano(),
    ...rest,
    ...(memory && { memory_stats: { ...memory, limit } }),
    cpu_stats: { ...cpu, system_cpu_usage: systemCpu(), online_cpus: availableParallelism() },
    networks: networkCounters(record.state.pid),
  }
}

/** Nanoseconds of processor time that the whole host has spent, idle included (proc(5), in ticks of 10 ms). */
function systemCpu(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const ticks = first.split(/\s+/).slice(1, 9).map(Number)
  return ticks.reduce((sum, value) => sum + value, 0) * 10_000_000
}

/** Per interface of the container's namespace, as its first process sees them. */
function networkCounters(pid: number): Record<string, ContainerNetworkStats> {
  let table: string
  try {
    table = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
  } catch {
    // It has ended since the look.
    return {}
  }
  const rows = table
    .split('\n')
    .slice(2)
    .filter((line) => line.includes(':'))
  const all = rows.map((line): [string, ContainerNetworkStats] => {
    const [name = '', rest = ''] = line.split(':')
    const [
      rxBytes = 0,
      rxPackets = 0,
      rxErrors = 0,
      rxDropped = 0,
      ,
      ,
      ,
      ,
      txBytes = 0,
      txPackets = 0,
      txErrors = 0,
      txDropped = 0,
    ] = rest.trim().split(/\s+/).map(Number)
    return [
      name.trim(),
      {
        rx_bytes: rxBytes,
        rx_packets: rxPackets,
        rx_errors: rxErrors,
        rx_dropped: rxDropped,
        tx_bytes: txBytes,
        tx_packets: txPackets,
        tx_errors: txErrors,
        tx_dropped: txDropped,
      },
    ]
  })
  return Object.fromEntries(all.filter(([name]) => name !== 'lo'))
}
