import { join } from 'node:path'
import type { ContainerConfig, HostConfig } from '@essaim/api-types'
import { effectiveProfile } from './apparmor.js'
import { capabilitySet, processCapabilities } from './capabilities.js'
import { hostCapabilities } from './host-capabilities.js'
import { defaultDeviceRules, hostDevices, mapDevices, parseDeviceRule } from './devices.js'
import { processEnv } from './env.js'
import { ociMounts, type EtcFiles } from './mounts.js'
import { ociNamespaces, type JoinedNamespaces } from './namespaces.js'
import { ociResources } from './resources.js'
import { rlimits } from './rlimits.js'
import { parseSecurity, type Security } from './security.js'
import { customSeccomp, defaultSeccomp } from './seccomp.js'
import type { OciLinux, OciMount, OciProcess, OciSpec, OciUser } from './types.js'

/** Everything that a container's spec is made from; all that lies outside of the request has been looked up before. */
export interface SpecInput {
  id: string
  path: string
  args: string[]
  config: ContainerConfig
  host: HostConfig
  user: OciUser
  /** Binds, volumes and tmpfs, their sources resolved. */
  mounts: OciMount[]
  etc: EtcFiles
  /** A tmpfs on the host that holds /dev/shm, for containers that share it. */
  shmPath?: string
  joined: JoinedNamespaces
  hostNetwork: boolean
  /** What links to other containers add to the environment. */
  linkedEnv?: string[]
  /** The init to run first, for `--init`. */
  initPath?: string
}

const initTarget = '/sbin/docker-init'

const netSysctls = { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }

export function buildSpec(input: SpecInput): OciSpec {
  const { config, host } = input
  const security = parseSecurity(host.SecurityOpt ?? [])
  const hostname = host.UTSMode === 'host' ? '' : (config.Hostname ?? '')
  const init: OciMount[] =
    input.initPath === undefined
      ? []
      : [{ destination: initTarget, type: 'bind', source: input.initPath, options: ['bind', 'ro'] }]
  return {
    ociVersion: '1.0.2',
    process: ociProcess(input, security),
    root: { path: 'rootfs', readonly: host.ReadonlyRootfs === true },
    hostname,
    ...(config.Domainname && { domainname: config.Domainname }),
    mounts: ociMounts(host, input.etc, input.shmPath, [...input.mounts, ...init]),
    ...(host.Annotations && { annotations: host.Annotations }),
    linux: ociLinux(input, security),
  }
}

function ociProcess(input: SpecInput, security: Security): OciProcess {
  const { config, host } = input
  const privileged = host.Privileged === true
  const command = [input.path, ...input.args]
  const [height = 0, width = 0] = host.ConsoleSize ?? []
  const set = capabilitySet(host.CapAdd ?? [], host.CapDrop ?? [], privileged, hostCapabilities)
  const apparmorProfile = effectiveProfile(host)
  return {
    terminal: config.Tty === true,
    ...(config.Tty && height > 0 && { consoleSize: { height, width } }),
    user: input.user,
    args: input.initPath === undefined ? command : [initTarget, '--', ...command],
    env: processEnv(config.Hostname ?? '', config.Tty === true, config.Env ?? [], input.linkedEnv),
    cwd: config.WorkingDir || '/',
    capabilities: processCapabilities(set, input.user.uid),
    rlimits: rlimits(host.Ulimits),
    noNewPrivileges: security.noNewPrivileges,
    ...(apparmorProfile !== undefined && { apparmorProfile }),
    oomScoreAdj: host.OomScoreAdj ?? 0,
  }
}

function ociLinux(input: SpecInput, security: Security): OciLinux {
  const { host } = input
  const privileged = host.Privileged === true
  const asked = mapDevices(privileged ? [] : (host.Devices ?? []))
  const rules = privileged
    ? [{ allow: true, access: 'rwm' }]
    : [...defaultDeviceRules, ...asked.rules, ...(host.DeviceCgroupRules ?? []).map(parseDeviceRule)]
  const set = capabilitySet(host.CapAdd ?? [], host.CapDrop ?? [], privileged, hostCapabilities)
  const seccomp =
    privileged || security.seccomp === 'unconfined'
      ? undefined
      : security.seccomp === 'default'
        ? defaultSeccomp(set)
        : customSeccomp(security.seccomp, set)
  return {
    namespaces: ociNamespaces(host, input.joined, input.hostNetwork),
    devices: privileged ? hostDevices() : asked.devices,
    resources: ociResources(host, rules),
    cgroupsPath: cgroupPath(host.CgroupParent, input.id),
    sysctl: { ...(input.hostNetwork ? {} : netSysctls), ...host.Sysctls },
    ...(seccomp && { seccomp }),
    maskedPaths: privileged ? [] : (host.MaskedPaths ?? defaultMaskedPaths),
    readonlyPaths: privileged ? [] : (host.ReadonlyPaths ?? defaultReadonlyPaths),
    ...propagation(input.mounts),
  }
}

/** A mount that propagates needs a root that does. */
function propagation(mounts: OciMount[]): { rootfsPropagation?: string } {
  const options = mounts.flatMap((mount) => mount.options)
  if (options.includes('rshared') || options.includes('shared')) return { rootfsPropagation: 'shared' }
  if (options.includes('rslave') || options.includes('slave')) return { rootfsPropagation: 'rslave' }
  return {}
}

/** Docker's, hidden from every container that is not privileged. */
export const defaultMaskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
]

export const defaultReadonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** Below the root of the hierarchy. */
export function cgroupPath(parent: string | undefined, id: string): string {
  return join('/', parent || 'essaim', id)
}
