import type { GenericResources } from './common.js'
import type { Cluster } from './objects.js'
import type { PeerNode } from './common.js'
import type { DeviceInfo } from './images.js'

/** Actor describes something that generates events, like a container, network, or a volume. */
export interface EventActor {
  ID?: string
  Attributes?: Record<string, string>
}

/** EventMessage represents the information an event contains. */
export interface EventMessage {
  Type?:
    | 'builder'
    | 'config'
    | 'container'
    | 'daemon'
    | 'image'
    | 'network'
    | 'node'
    | 'plugin'
    | 'secret'
    | 'service'
    | 'volume'
  Action?: string
  Actor?: EventActor
  scope?: 'local' | 'swarm'
  time?: number
  timeNano?: number
}

/** Response of Engine API: GET "/version" */
export interface SystemVersion {
  Platform?: {
    Name: string
  }
  Components?: {
    Name: string
    Version: string
    Details?: Record<string, unknown> | null
  }[]
  Version?: string
  ApiVersion?: string
  MinAPIVersion?: string
  GitCommit?: string
  GoVersion?: string
  Os?: string
  Arch?: string
  KernelVersion?: string
  Experimental?: boolean
  BuildTime?: string
}

/** Available plugins per type. */
export interface PluginsInfo {
  Volume?: string[]
  Network?: string[]
  Authorization?: string[]
  Log?: string[]
}

/** IndexInfo contains information about a registry. */
export type IndexInfo = {
  Name?: string
  Mirrors?: string[]
  Secure?: boolean
  Official?: boolean
} | null

/** RegistryServiceConfig stores daemon registry services configuration. */
export type RegistryServiceConfig = {
  InsecureRegistryCIDRs?: string[]
  IndexConfigs?: Record<string, IndexInfo>
  Mirrors?: string[]
} | null

/** Runtime describes an [OCI compliant](https://github.com/opencontainers/runtime-spec) runtime. */
export interface Runtime {
  path?: string
  runtimeArgs?: string[] | null
  status?: Record<string, string> | null
}

/** Commit holds the Git-commit (SHA1) that a binary was built from, as reported in the version-string of external tools, such as `containerd`, or `runC`. */
export interface Commit {
  ID?: string
}

/** Current local status of this node. */
export type LocalNodeState = '' | 'inactive' | 'pending' | 'active' | 'error' | 'locked'

/** Represents generic information about swarm. */
export interface SwarmInfo {
  NodeID?: string
  NodeAddr?: string
  LocalNodeState?: LocalNodeState
  ControlAvailable?: boolean
  Error?: string
  RemoteManagers?: PeerNode[] | null
  Nodes?: number | null
  Managers?: number | null
  Cluster?: Omit<Cluster, 'Internal'>
}

/** Information for connecting to the containerd instance that is used by the daemon. */
export type ContainerdInfo = {
  Address?: string
  Namespaces?: {
    Containers?: string
    Plugins?: string
  }
} | null

/** Information about the daemon's firewalling configuration. */
export type FirewallInfo = {
  Driver?: string
  Info?: string[][]
} | null

export interface SystemInfo {
  ID?: string
  Containers?: number
  ContainersRunning?: number
  ContainersPaused?: number
  ContainersStopped?: number
  Images?: number
  Driver?: string
  DriverStatus?: string[][]
  DockerRootDir?: string
  Plugins?: PluginsInfo
  MemoryLimit?: boolean
  SwapLimit?: boolean
  KernelMemoryTCP?: boolean
  CpuCfsPeriod?: boolean
  CpuCfsQuota?: boolean
  CPUShares?: boolean
  CPUSet?: boolean
  PidsLimit?: boolean
  OomKillDisable?: boolean
  IPv4Forwarding?: boolean
  Debug?: boolean
  NFd?: number
  NGoroutines?: number
  SystemTime?: string
  LoggingDriver?: string
  CgroupDriver?: 'cgroupfs' | 'systemd' | 'none'
  CgroupVersion?: '1' | '2'
  NEventsListener?: number
  KernelVersion?: string
  OperatingSystem?: string
  OSVersion?: string
  OSType?: string
  Architecture?: string
  NCPU?: number
  MemTotal?: number
  IndexServerAddress?: string
  RegistryConfig?: RegistryServiceConfig
  GenericResources?: GenericResources
  HttpProxy?: string
  HttpsProxy?: string
  NoProxy?: string
  Name?: string
  Labels?: string[]
  ExperimentalBuild?: boolean
  ServerVersion?: string
  Runtimes?: Record<string, Runtime>
  DefaultRuntime?: string
  Swarm?: SwarmInfo
  LiveRestoreEnabled?: boolean
  Isolation?: 'default' | 'hyperv' | 'process' | ''
  InitBinary?: string
  ContainerdCommit?: Commit
  RuncCommit?: Commit
  InitCommit?: Commit
  SecurityOptions?: string[]
  ProductLicense?: string
  DefaultAddressPools?: {
    Base?: string
    Size?: number
  }[]
  FirewallBackend?: FirewallInfo
  DiscoveredDevices?: DeviceInfo[]
  Warnings?: string[]
  CDISpecDirs?: string[]
  Containerd?: ContainerdInfo
}
