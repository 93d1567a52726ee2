import type { ContainerConfig, HostConfig } from '@essaim/api-types'

/** Docker's answer for every field that was not asked for: clients read them without looking whether they are there. */
const absent: Record<string, unknown> = {
  Binds: null,
  ContainerIDFile: '',
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: '',
  UsernsMode: '',
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
}

const absentRequest: Record<string, unknown> = {
  Driver: '',
  Count: 0,
  DeviceIDs: null,
  Capabilities: null,
  Options: null,
}

/** `links` are those of the old kind, by the names of now. */
export function shownHostConfig(host: HostConfig, links: string[]): HostConfig {
  const DeviceRequests = host.DeviceRequests?.map((request) => ({ ...absentRequest, ...request }))
  const shown = { ...absent, ...host, ...(DeviceRequests && { DeviceRequests }) }
  return links.length > 0 ? { ...shown, Links: links } : { ...shown, Links: null as unknown as string[] }
}

/** The same for the container's own configuration. */
const absentConfig: Record<string, unknown> = {
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: [],
  Cmd: null,
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: {},
}

export function shownConfig(config: ContainerConfig): ContainerConfig {
  const { Volumes, ...rest } = config
  const volumes = Object.keys(Volumes ?? {}).length > 0 && { Volumes }
  return { ...absentConfig, ...rest, ...volumes }
}
