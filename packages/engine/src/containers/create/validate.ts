import { isIP } from 'node:net'
import { invalid, type ErrorOptions } from '@essaim/base'
import type { ContainerConfig, HealthConfig, HostConfig } from '@essaim/api-types'
import { logSettings } from '../../logs/options.js'
import { parseSignal } from '../signals.js'
import { capabilitySet } from '../spec/capabilities.js'
import { parseDeviceRule } from '../spec/devices.js'
import { parseSecurity } from '../spec/security.js'

const refuse = (field: string, message: string, options?: ErrorOptions): Error =>
  invalid(`container.${field}`, message, options)

/** Checks what the daemon can check before anything is made, but for limits. Messages are Docker's. */
export function validateContainer(config: ContainerConfig, host: HostConfig): void {
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
  for (const entry of host.ExtraHosts ?? []) validateExtraHost(entry)
  validateStorage(host.StorageOpt ?? {})
  capabilitySet(host.CapAdd ?? [], host.CapDrop ?? [], false)
  parseSecurity(host.SecurityOpt ?? [])
  for (const rule of host.DeviceCgroupRules ?? []) parseDeviceRule(rule)
  logSettings(host.LogConfig)
}

function validateExtraHost(entry: string): void {
  const [, address] = /^[^:=]+[:=](.+)$/.exec(entry) ?? []
  if (address === undefined) throw refuse('extra-host', `bad format for add-host: "${entry}"`)
  if (address !== 'host-gateway' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0) {
    throw refuse('extra-host', `invalid IP address in add-host: "${address}"`)
  }
}

/** The snapshots of containers share one filesystem: none has a size of its own. */
function validateStorage(options: Record<string, string>): void {
  const [unknown] = Object.keys(options).filter((name) => name !== 'size')
  if (unknown !== undefined) throw refuse('storage-opt', `Unknown option ${unknown}`)
  if (options['size'] !== undefined) {
    throw refuse('storage-opt', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option", {
      hint: 'limit the disk with a volume on a filesystem of its own',
    })
  }
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
