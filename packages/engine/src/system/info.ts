import { existsSync } from 'node:fs'
import { availableParallelism, hostname, totalmem } from 'node:os'
import { nowNano } from '@essaim/base'
import type { SystemInfo } from '@essaim/api-types'
import { cgroupVersion } from '../containers/create/defaults.js'
import { logDrivers } from '../logs/options.js'
import type { SystemDeps } from './system.js'
import type { HostFacts } from './host.js'

/** What `docker info` tells. The swarm's part is the node's to add. */
export async function systemInfo(deps: SystemDeps, host: HostFacts): Promise<SystemInfo> {
  const { containers, images, containerd, options } = deps
  const [all, imageList] = await Promise.all([
    containers.list({ all: true, size: false, filters: {} }),
    images.list({ all: false, digests: false, sharedSize: false, filters: {} }),
  ])
  const count = (...states: string[]): number => all.filter(({ State = '' }) => states.includes(State)).length
  const running = count('running', 'restarting')
  const paused = count('paused')
  const has = (v1: string): boolean => cgroupVersion === 2 || existsSync(`/sys/fs/cgroup/${v1}`)
  return {
    ID: deps.id,
    Containers: all.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: all.length - running - paused,
    Images: imageList.length,
    Driver: containerd.storageDriver,
    DriverStatus: [
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: await deps.volumes.drivers(),
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
      Log: logDrivers,
    },
    MemoryLimit: has('memory/memory.limit_in_bytes'),
    SwapLimit: has('memory/memory.memsw.limit_in_bytes'),
    KernelMemoryTCP: cgroupVersion === 1 && has('memory/memory.kmem.tcp.limit_in_bytes'),
    CpuCfsPeriod: has('cpu/cpu.cfs_period_us'),
    CpuCfsQuota: has('cpu/cpu.cfs_quota_us'),
    CPUShares: has('cpu/cpu.shares'),
    CPUSet: has('cpuset/cpuset.cpus'),
    PidsLimit: has('pids'),
    OomKillDisable: cgroupVersion === 1 && has('memory/memory.oom_control'),
    IPv4Forwarding: true,
    Debug: options.debug === true,
    NFd: 0,
    NGoroutines: 0,
    SystemTime: nowNano(),
    LoggingDriver: options.logDefaults?.driver ?? 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: cgroupVersion === 2 ? '2' : '1',
    NEventsListener: 0,
    KernelVersion: host.kernel,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.osVersion,
    OSType: 'linux',
    Architecture: host.machine,
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(options),
    GenericResources: [],
    HttpProxy: process.env['HTTP_PROXY'] ?? '',
    HttpsProxy: process.env['HTTPS_PROXY'] ?? '',
    NoProxy: process.env['NO_PROXY'] ?? '',
    Name: hostname(),
    Labels: options.labels,
    ExperimentalBuild: false,
    ServerVersion: options.version,
    Runtimes: { runc: { path: 'runc' }, 'io.containerd.runc.v2': { path: 'runc' } },
    DefaultRuntime: 'runc',
    DockerRootDir: options.dataRoot,
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: (await containerd.version.get()).version },
    RuncCommit: { ID: host.runcVersion },
    InitCommit: { ID: host.initVersion },
    SecurityOptions: ['name=seccomp,profile=default', ...(cgroupVersion === 2 ? ['name=cgroupns'] : [])],
    FirewallBackend: { Driver: 'nftables' },
    Warnings: [],
    Containerd: { Address: containerd.address, Namespaces: { Containers: containerd.namespace, Plugins: '' } },
  }
}

function registryConfig({ insecureRegistries, registryMirrors }: SystemDeps['options']): SystemInfo['RegistryConfig'] {
  const isRange = (name: string): boolean => /^[\d.:a-f]+\/\d+$/i.test(name)
  const single = insecureRegistries.filter((name) => !isRange(name))
  return {
    InsecureRegistryCIDRs: [...insecureRegistries.filter(isRange), '127.0.0.0/8'],
    IndexConfigs: {
      'docker.io': { Name: 'docker.io', Mirrors: registryMirrors, Secure: true, Official: true },
      ...Object.fromEntries(single.map((Name) => [Name, { Name, Mirrors: [], Secure: false, Official: false }])),
    },
    Mirrors: registryMirrors,
  }
}
