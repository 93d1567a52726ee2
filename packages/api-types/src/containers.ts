import * as Type from './type.js'
import { OneOf } from './one-of.js'
import type { DriverData, OCIDescriptor } from './common.js'
import { Mount } from './mounts.js'
import type { MountPoint } from './mounts.js'
import { NetworkingConfig, PortMap } from './networks.js'
import type { NetworkSettings, Port, EndpointSettings } from './networks.js'

/** A device mapping between the host and container */
export const DeviceMapping = Type.Object(
  {
    PathOnHost: Type.Optional(Type.String()),
    PathInContainer: Type.Optional(Type.String()),
    CgroupPermissions: Type.Optional(Type.String()),
  },
  { title: 'container.DeviceMapping' },
)
export type DeviceMapping = Type.Static<typeof DeviceMapping>

/** A request for devices to be sent to device drivers */
export const DeviceRequest = Type.Object(
  {
    Driver: Type.Optional(Type.String()),
    Count: Type.Optional(Type.Integer()),
    DeviceIDs: Type.Optional(Type.Array(Type.String())),
    Capabilities: Type.Optional(Type.Array(Type.Array(Type.String()))),
    Options: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'container.DeviceRequest' },
)
export type DeviceRequest = Type.Static<typeof DeviceRequest>

export const ThrottleDevice = Type.Object({
  Path: Type.Optional(Type.String()),
  Rate: Type.Optional(Type.Integer()),
})
export type ThrottleDevice = Type.Static<typeof ThrottleDevice>

/** The behavior to apply when the container exits. */
export const RestartPolicy = Type.Object(
  {
    Name: Type.Optional(OneOf('', 'no', 'always', 'unless-stopped', 'on-failure')),
    MaximumRetryCount: Type.Optional(Type.Integer()),
  },
  { title: 'container.RestartPolicy' },
)
export type RestartPolicy = Type.Static<typeof RestartPolicy>

/** A container's resources (cgroups config, ulimits, etc) */
export const Resources = Type.Object({
  CpuShares: Type.Optional(Type.Integer()),
  Memory: Type.Optional(Type.Integer()),
  CgroupParent: Type.Optional(Type.String()),
  BlkioWeight: Type.Optional(Type.Integer()),
  BlkioWeightDevice: Type.Optional(
    Type.Array(
      Type.Object({
        Path: Type.Optional(Type.String()),
        Weight: Type.Optional(Type.Integer()),
      }),
    ),
  ),
  BlkioDeviceReadBps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceWriteBps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceReadIOps: Type.Optional(Type.Array(ThrottleDevice)),
  BlkioDeviceWriteIOps: Type.Optional(Type.Array(ThrottleDevice)),
  CpuPeriod: Type.Optional(Type.Integer()),
  CpuQuota: Type.Optional(Type.Integer()),
  CpuRealtimePeriod: Type.Optional(Type.Integer()),
  CpuRealtimeRuntime: Type.Optional(Type.Integer()),
  CpusetCpus: Type.Optional(Type.String()),
  CpusetMems: Type.Optional(Type.String()),
  Devices: Type.Optional(Type.Array(DeviceMapping)),
  DeviceCgroupRules: Type.Optional(Type.Array(Type.String())),
  DeviceRequests: Type.Optional(Type.Array(DeviceRequest)),
  KernelMemoryTCP: Type.Optional(Type.Integer()),
  MemoryReservation: Type.Optional(Type.Integer()),
  MemorySwap: Type.Optional(Type.Integer()),
  MemorySwappiness: Type.Optional(Type.Integer()),
  NanoCpus: Type.Optional(Type.Integer()),
  OomKillDisable: Type.Optional(Type.Boolean()),
  Init: Type.Optional(Type.Boolean()),
  PidsLimit: Type.Optional(Type.Integer()),
  Ulimits: Type.Optional(
    Type.Array(
      Type.Object({
        Name: Type.Optional(Type.String()),
        Soft: Type.Optional(Type.Integer()),
        Hard: Type.Optional(Type.Integer()),
      }),
    ),
  ),
  CpuCount: Type.Optional(Type.Integer()),
  CpuPercent: Type.Optional(Type.Integer()),
  IOMaximumIOps: Type.Optional(Type.Integer()),
  IOMaximumBandwidth: Type.Optional(Type.Integer()),
})
export type Resources = Type.Static<typeof Resources>

/** A test to perform to check that the container is healthy. */
export const HealthConfig = Type.Object(
  {
    Test: Type.Optional(Type.Array(Type.String())),
    Interval: Type.Optional(Type.Integer()),
    Timeout: Type.Optional(Type.Integer()),
    Retries: Type.Optional(Type.Integer()),
    StartPeriod: Type.Optional(Type.Integer()),
    StartInterval: Type.Optional(Type.Integer()),
  },
  { title: 'container.HealthConfig' },
)
export type HealthConfig = Type.Static<typeof HealthConfig>

/** HealthcheckResult stores information about a single run of a healthcheck probe */
export type HealthcheckResult = {
  Start?: string
  End?: string
  ExitCode?: number
  Output?: string
} | null

/** Health stores information about the container's healthcheck results. */
export type Health = {
  Status?: 'none' | 'starting' | 'healthy' | 'unhealthy'
  FailingStreak?: number
  Log?: HealthcheckResult[]
} | null

/** Container configuration that depends on the host we are running on */
export const HostConfig = Type.Object(
  {
    ...Resources.properties,
    Binds: Type.Optional(Type.Array(Type.String())),
    ContainerIDFile: Type.Optional(Type.String()),
    LogConfig: Type.Optional(
      Type.Object(
        {
          Type: Type.Optional(
            OneOf(
              'local',
              'json-file',
              'syslog',
              'journald',
              'gelf',
              'fluentd',
              'awslogs',
              'splunk',
              'etwlogs',
              'none',
            ),
          ),
          Config: Type.Optional(Type.Record(Type.String(), Type.String())),
        },
        { title: 'container.LogConfig' },
      ),
    ),
    NetworkMode: Type.Optional(Type.String()),
    PortBindings: Type.Optional(PortMap),
    RestartPolicy: Type.Optional(RestartPolicy),
    AutoRemove: Type.Optional(Type.Boolean()),
    VolumeDriver: Type.Optional(Type.String()),
    VolumesFrom: Type.Optional(Type.Array(Type.String())),
    Mounts: Type.Optional(Type.Array(Mount)),
    ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
    Annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
    CapAdd: Type.Optional(Type.Array(Type.String())),
    CapDrop: Type.Optional(Type.Array(Type.String())),
    CgroupnsMode: Type.Optional(OneOf('private', 'host')),
    Dns: Type.Optional(Type.Array(Type.String())),
    DnsOptions: Type.Optional(Type.Array(Type.String())),
    DnsSearch: Type.Optional(Type.Array(Type.String())),
    ExtraHosts: Type.Optional(Type.Array(Type.String())),
    GroupAdd: Type.Optional(Type.Array(Type.String())),
    IpcMode: Type.Optional(Type.String()),
    Cgroup: Type.Optional(Type.String()),
    Links: Type.Optional(Type.Array(Type.String())),
    OomScoreAdj: Type.Optional(Type.Integer()),
    PidMode: Type.Optional(Type.String()),
    Privileged: Type.Optional(Type.Boolean()),
    PublishAllPorts: Type.Optional(Type.Boolean()),
    ReadonlyRootfs: Type.Optional(Type.Boolean()),
    SecurityOpt: Type.Optional(Type.Array(Type.String())),
    StorageOpt: Type.Optional(Type.Record(Type.String(), Type.String())),
    Tmpfs: Type.Optional(Type.Record(Type.String(), Type.String())),
    UTSMode: Type.Optional(Type.String()),
    UsernsMode: Type.Optional(Type.String()),
    ShmSize: Type.Optional(Type.Integer()),
    Sysctls: Type.Optional(Type.Record(Type.String(), Type.String())),
    Runtime: Type.Optional(Type.String()),
    Isolation: Type.Optional(OneOf('default', 'process', 'hyperv', '')),
    MaskedPaths: Type.Optional(Type.Array(Type.String())),
    ReadonlyPaths: Type.Optional(Type.Array(Type.String())),
  },
  { title: 'container.HostConfig' },
)
export type HostConfig = Type.Static<typeof HostConfig>

/** A list of words; one plain string is a list of one. */
const StringOrList = Type.Array(Type.String(), { acceptsString: true })

/** Configuration for a container that is portable between hosts. */
export const ContainerConfig = Type.Object({
  Hostname: Type.Optional(Type.String()),
  Domainname: Type.Optional(Type.String()),
  User: Type.Optional(Type.String()),
  AttachStdin: Type.Optional(Type.Boolean()),
  AttachStdout: Type.Optional(Type.Boolean()),
  AttachStderr: Type.Optional(Type.Boolean()),
  ExposedPorts: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  Tty: Type.Optional(Type.Boolean()),
  OpenStdin: Type.Optional(Type.Boolean()),
  StdinOnce: Type.Optional(Type.Boolean()),
  Env: Type.Optional(Type.Array(Type.String())),
  Cmd: Type.Optional(StringOrList),
  Healthcheck: Type.Optional(HealthConfig),
  ArgsEscaped: Type.Optional(Type.Boolean()),
  Image: Type.Optional(Type.String()),
  Volumes: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  WorkingDir: Type.Optional(Type.String()),
  Entrypoint: Type.Optional(StringOrList),
  NetworkDisabled: Type.Optional(Type.Boolean()),
  MacAddress: Type.Optional(Type.String()),
  OnBuild: Type.Optional(Type.Array(Type.String())),
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  StopSignal: Type.Optional(Type.String()),
  StopTimeout: Type.Optional(Type.Integer()),
  Shell: Type.Optional(StringOrList),
})
export type ContainerConfig = Type.Static<typeof ContainerConfig>

/** ContainerState stores container's running state. */
export type ContainerState = {
  Status?: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  Running?: boolean
  Paused?: boolean
  Restarting?: boolean
  OOMKilled?: boolean
  Dead?: boolean
  Pid?: number
  ExitCode?: number
  Error?: string
  StartedAt?: string
  FinishedAt?: string
  Health?: Health
} | null

export interface ContainerInspectResponse {
  Id?: string
  Created?: string | null
  Path?: string
  Args?: string[]
  State?: ContainerState
  Image?: string
  ResolvConfPath?: string
  HostnamePath?: string
  HostsPath?: string
  LogPath?: string | null
  Name?: string
  RestartCount?: number
  Driver?: string
  Platform?: string
  ImageManifestDescriptor?: OCIDescriptor
  MountLabel?: string
  ProcessLabel?: string
  AppArmorProfile?: string
  ExecIDs?: string[] | null
  HostConfig?: HostConfig
  GraphDriver?: DriverData
  SizeRw?: number | null
  SizeRootFs?: number | null
  Mounts?: MountPoint[]
  Config?: ContainerConfig
  NetworkSettings?: NetworkSettings
}

export interface ContainerSummary {
  Id?: string
  Names?: string[]
  Image?: string
  ImageID?: string
  ImageManifestDescriptor?: OCIDescriptor | null
  Command?: string
  Created?: number
  Ports?: Port[]
  SizeRw?: number | null
  SizeRootFs?: number | null
  Labels?: Record<string, string>
  State?: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'removing' | 'dead'
  Status?: string
  HostConfig?: {
    NetworkMode?: string
    Annotations?: Record<string, string> | null
  }
  NetworkSettings?: {
    Networks?: Record<string, EndpointSettings>
  }
  Mounts?: MountPoint[]
}

/** OK response to ContainerCreate operation */
export interface ContainerCreateResponse {
  Id: string
  Warnings: string[]
}

/** Response for a successful container-update. */
export interface ContainerUpdateResponse {
  Warnings?: string[]
}

/** Container "top" response. */
export interface ContainerTopResponse {
  Titles?: string[]
  Processes?: string[][]
}

/** container waiting error, if any */
export interface ContainerWaitExitError {
  Message?: string
}

/** OK response to ContainerWait operation */
export interface ContainerWaitResponse {
  StatusCode: number
  Error?: ContainerWaitExitError
}

/** Kind of change Can be one of: - `0`: Modified ("C") - `1`: Added ("A") - `2`: Deleted ("D") */
export type ChangeType = number

/** Change in the container's filesystem. */
export interface FilesystemChange {
  Path: string
  Kind: ChangeType
}

export const ContainerUpdateRequest = Type.Object(
  {
    ...Resources.properties,
    RestartPolicy: Type.Optional(RestartPolicy),
  },
  { title: 'container.UpdateConfig' },
)
export type ContainerUpdateRequest = Type.Static<typeof ContainerUpdateRequest>

export const ContainerCreateRequest = Type.Object(
  {
    ...ContainerConfig.properties,
    HostConfig: Type.Optional(HostConfig),
    NetworkingConfig: Type.Optional(NetworkingConfig),
  },
  { title: 'runconfig.ContainerConfigWrapper' },
)
export type ContainerCreateRequest = Type.Static<typeof ContainerCreateRequest>
