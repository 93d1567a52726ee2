import { availableParallelism } from 'node:os'
import { existsSync } from 'node:fs'
import { invalid } from '@essaim/base'
import type { ContainerConfig, HealthConfig, HostConfig, Resources } from '@essaim/api-types'
import { logSettings } from '../../logs/options.js'
import { parseSignal } from '../signals.js'
import { capabilitySet } from '../spec/capabilities.js'
import { parseDeviceRule } from '../spec/devices.js'
import { parseSecurity } from '../spec/security.js'
import { cgroupVersion } from './defaults.js'

const refuse = (field: string, message: string): Error => invalid(`container.${field}`, message)

/** Checks what the daemon can check before anything is made; answers warnings. Messages are Docker's. */
export function validateContainer(config: ContainerConfig, host: HostConfig): string[] {
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) {
    throw refuse('workdir', `the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`)
  }
  for (const pair of config.Env ?? []) {
    if (pair === '' || pair.startsWith('=')) throw refuse('env', `invalid environment variable: ${pair}`)
  }
  if (config.StopSignal) parseSignal(config.StopSignal)
  if ((config.Hostname ?? '').length > 63) throw refuse('hostname', `invalid hostname format: ${config.Hostname}`)
  validateHealth(config.Healthcheck)
  validateModes(host)
  validateRestart(host)
  validatePorts(config, host)
  if (host.NetworkMode === 'host' && (host.Links ?? []).length > 0) {
    const why = "host type networking can't be used with links. This would result in undefined behavior"
    throw refuse('links', `conflicting options: ${why}`)
  }
  for (const entry of host.ExtraHosts ?? []) {
    if (!/^[^:=]+[:=].+$/.test(entry)) throw refuse('extra-host', `bad format for add-host: "${entry}"`)
  }
  capabilitySet(host.CapAdd ?? [], host.CapDrop ?? [], false)
  parseSecurity(host.SecurityOpt ?? [])
  for (const rule of host.DeviceCgroupRules ?? []) parseDeviceRule(rule)
  logSettings(host.LogConfig)
  return validateResources(host)
}

/** Nanoseconds: Docker's least interval of a health check, 1 ms. */
const leastInterval = 1_000_000

function validateHealth(health: HealthConfig | undefined): void {
  if (!health) return
  const fields = [
    ['Interval', health.Interval],
    ['Timeout', health.Timeout],
    ['StartPeriod', health.StartPeriod],
    ['StartInterval', health.StartInterval],
  ] as const
  for (const [name, value = 0] of fields) {
    if (value !== 0 && value < leastInterval) {
      throw refuse('health', `${name} in Healthcheck cannot be less than 1ms`)
    }
  }
  if ((health.Retries ?? 0) < 0) throw refuse('health', 'Retries in Healthcheck cannot be negative')
  const [kind] = health.Test ?? []
  if (kind !== undefined && !['', 'NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw refuse('health', `Unknown healthcheck type '${kind}' (expected 'CMD')`)
  }
}

function validateModes(host: HostConfig): void {
  const { IpcMode = '', PidMode = '', UTSMode = '', UsernsMode = '', CgroupnsMode = '' } = host
  if (!/^(|none|private|shareable|host|container:.+)$/.test(IpcMode)) {
    throw refuse('ipc-mode', `Invalid IPC mode: ${IpcMode}`)
  }
  if (!/^(|host|container:.+)$/.test(PidMode)) throw refuse('pid-mode', 'Invalid PID mode: ' + PidMode)
  if (!/^(|host)$/.test(UTSMode)) throw refuse('uts-mode', `Invalid UTS mode: ${UTSMode}`)
  if (!/^(|host)$/.test(UsernsMode)) throw refuse('userns-mode', `invalid userns mode: ${UsernsMode}`)
  if (!/^(|host|private)$/.test(CgroupnsMode)) {
    throw refuse('cgroupns-mode', `invalid cgroup namespace mode: ${CgroupnsMode}`)
  }
  if (!/^(|runc|io\.containerd\.runc\.v2)$/.test(host.Runtime ?? '')) {
    throw refuse('runtime', `Unknown runtime specified ${host.Runtime}`)
  }
  if (!/^(|default)$/.test(host.Isolation ?? '')) {
    throw refuse('isolation', `Invalid isolation: "${host.Isolation}" - linux only supports 'default'`)
  }
  const score = host.OomScoreAdj ?? 0
  if (score < -1000 || score > 1000) {
    throw refuse('oom-score-adj', `Invalid value ${score}, range for oom score adj is [-1000, 1000]`)
  }
  if ((host.ShmSize ?? 0) < 0) throw refuse('shm-size', 'SHM size can not be less than 0')
}

/** Also for `docker update`. */
export function validateRestart({ RestartPolicy: policy, AutoRemove }: HostConfig): void {
  const { Name: name = '', MaximumRetryCount: count = 0 } = policy ?? {}
  // The schema's type is narrower than what clients send.
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(name)) {
    throw refuse('restart-policy', `invalid restart policy '${name}'`)
  }
  if (count !== 0 && name !== 'on-failure') {
    throw refuse('restart-policy', `maximum retry count cannot be used with restart policy '${name}'`)
  }
  if (count < 0) throw refuse('restart-policy', 'maximum retry count cannot be negative')
  if (AutoRemove === true && name !== '' && name !== 'no') {
    throw refuse('auto-remove', "can't create 'AutoRemove' container with restart policy")
  }
}

function validatePorts(config: ContainerConfig, { PortBindings: bindings = {} }: HostConfig): void {
  for (const port of [...Object.keys(bindings), ...Object.keys(config.ExposedPorts ?? {})]) {
    const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(port)
    if (!match || Number(match[1]) < 1 || Number(match[1]) > 65535) {
      throw refuse('port', `invalid port specification: "${port}"`)
    }
  }
  for (const { HostPort = '' } of Object.values(bindings).flat()) {
    if (!/^(\d{1,5}(-\d{1,5})?)?$/.test(HostPort) || Number(HostPort.split('-')[0]) > 65535) {
      throw refuse('port', `invalid port specification: "${HostPort}"`)
    }
  }
}

/** Docker's least memory, 6 MiB: runc needs as much to start. */
const leastMemory = 6 << 20

/** Checks limits; also for `docker update`. What the kernel has no means for is dropped from `host`, with a warning. */
export function validateResources(host: Resources): string[] {
  const warnings: string[] = []
  const { Memory: memory = 0, MemorySwap: swap = 0, MemoryReservation: reservation = 0 } = host
  if (memory !== 0 && memory < leastMemory) throw refuse('memory', 'Minimum memory limit allowed is 6MB')
  if (memory > 0 && swap > 0 && swap < memory) {
    throw refuse('memory-swap', 'Minimum memoryswap limit should be larger than memory limit, see usage')
  }
  if (memory === 0 && swap > 0) {
    throw refuse('memory-swap', 'You should always set the Memory limit when using Memoryswap limit, see usage')
  }
  if (reservation !== 0 && reservation < leastMemory) {
    throw refuse('memory-reservation', 'Minimum memory reservation allowed is 6MB')
  }
  if (memory > 0 && reservation > memory) {
    throw refuse('memory-reservation', 'Minimum memory limit can not be less than memory reservation limit, see usage')
  }
  const swappiness = host.MemorySwappiness ?? -1
  if (swappiness < -1 || swappiness > 100) {
    throw refuse('memory-swappiness', `Invalid value: ${swappiness}, valid memory swappiness range is 0-100`)
  }
  validateCpu(host)
  const weight = host.BlkioWeight ?? 0
  if (weight !== 0 && cgroupVersion === 1 && !existsSync('/sys/fs/cgroup/blkio/blkio.weight')) {
    warnings.push('Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.')
    host.BlkioWeight = 0
  } else if (weight !== 0 && (weight < 10 || weight > 1000)) {
    throw refuse('blkio-weight', 'Range of blkio weight is from 10 to 1000')
  }
  if (memory > 0 && cgroupVersion === 1 && !existsSync('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes')) {
    warnings.push(
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    )
    host.MemorySwap = -1
  }
  return warnings
}

function validateCpu(host: Resources): void {
  const cpus = availableParallelism()
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0 } = host
  if (nano !== 0 && (nano < 0 || nano > cpus * 1e9)) {
    throw refuse('cpus', `Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`)
  }
  if (nano > 0 && period > 0) throw refuse('cpus', 'Conflicting options: Nano CPUs and CPU Period cannot both be set')
  if (nano > 0 && quota > 0) throw refuse('cpus', 'Conflicting options: Nano CPUs and CPU Quota cannot both be set')
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    throw refuse('cpu-period', 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  }
  if (quota > 0 && quota < 1000) throw refuse('cpu-quota', 'CPU cfs quota can not be less than 1ms (i.e. 1000)')
  const wanted = host.CpusetCpus ?? ''
  if (wanted !== '') {
    const list = parseCpuset(wanted)
    if (!list) throw refuse('cpuset-cpus', `Invalid value ${wanted} for cpuset cpus: invalid format: ${wanted}`)
    if (list.some((cpu) => cpu >= cpus)) {
      throw refuse(
        'cpuset-cpus',
        `Requested CPUs are not available - requested ${wanted}, available: ${cpus > 1 ? `0-${cpus - 1}` : '0'}`,
      )
    }
  }
}

function parseCpuset(text: string): number[] | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return undefined
  return text.split(',').flatMap((part) => part.split('-').map(Number))
}
