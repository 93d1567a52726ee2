/** The part of the OCI runtime specification 1.0 that is written here; names are the specification's. */
export interface OciSpec {
  ociVersion: string
  process: OciProcess
  root: { path: string; readonly: boolean }
  hostname: string
  domainname?: string
  mounts: OciMount[]
  annotations?: Record<string, string>
  linux: OciLinux
}

export interface OciUser {
  uid: number
  gid: number
  additionalGids: number[]
}

export interface OciProcess {
  terminal: boolean
  consoleSize?: { height: number; width: number }
  user: OciUser
  args: string[]
  env: string[]
  cwd: string
  capabilities: OciCapabilities
  rlimits: { type: string; soft: number; hard: number }[]
  noNewPrivileges: boolean
  apparmorProfile?: string
  oomScoreAdj?: number
}

export interface OciCapabilities {
  bounding: string[]
  effective: string[]
  permitted: string[]
}

export interface OciMount {
  destination: string
  type: string
  source: string
  options: string[]
}

export interface OciNamespace {
  type: 'mount' | 'network' | 'uts' | 'pid' | 'ipc' | 'cgroup'
  /** A namespace to join; a new one is made without it. */
  path?: string
}

export interface OciDevice {
  path: string
  type: 'c' | 'b'
  major: number
  minor: number
  fileMode: number
  uid: number
  gid: number
}

export interface OciDeviceRule {
  allow: boolean
  type?: string
  major?: number
  minor?: number
  access: string
}

export interface OciThrottle {
  major: number
  minor: number
  rate: number
}

export interface OciResources {
  devices: OciDeviceRule[]
  memory?: {
    limit?: number
    reservation?: number
    swap?: number
    kernelTCP?: number
    swappiness?: number
    disableOOMKiller?: boolean
  }
  cpu?: {
    shares?: number
    quota?: number
    period?: number
    realtimeRuntime?: number
    realtimePeriod?: number
    cpus?: string
    mems?: string
  }
  pids?: { limit: number }
  blockIO?: {
    weight?: number
    weightDevice?: { major: number; minor: number; weight: number }[]
    throttleReadBpsDevice?: OciThrottle[]
    throttleWriteBpsDevice?: OciThrottle[]
    throttleReadIOPSDevice?: OciThrottle[]
    throttleWriteIOPSDevice?: OciThrottle[]
  }
}

export interface OciSeccomp {
  defaultAction: string
  defaultErrnoRet?: number
  architectures: string[]
  syscalls: OciSyscall[]
}

export interface OciSyscall {
  names: string[]
  action: string
  errnoRet?: number
  args?: { index: number; value: number; valueTwo?: number; op: string }[]
}

export interface OciLinux {
  namespaces: OciNamespace[]
  devices: OciDevice[]
  resources: OciResources
  cgroupsPath: string
  sysctl: Record<string, string>
  seccomp?: OciSeccomp
  maskedPaths: string[]
  readonlyPaths: string[]
  rootfsPropagation?: string
}
