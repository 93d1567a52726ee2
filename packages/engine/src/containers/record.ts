import type { ContainerConfig, EndpointSettings, Health, HostConfig, MountPoint } from '@essaim/api-types'
import { zeroTime } from '@essaim/base'
import type { StoredLink } from './links/resolve.js'
import type { EtcFiles } from './spec/mounts.js'

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removing'

/** What a container is doing, as it is stored and as inspect tells it. */
export interface RunState {
  status: ContainerStatus
  /** Of the first process; 0 when none runs. */
  pid: number
  exitCode: number
  /** Why the last start failed. */
  error: string
  oomKilled: boolean
  startedAt: string
  finishedAt: string
  health?: NonNullable<Health>
}

/** One mount of a container: what inspect shows, and what the start needs besides. */
export interface StoredMount {
  point: MountPoint
  /** Options of the mount, besides `bind` and the propagation. */
  options: string[]
  recursive: boolean
  /** What is mounted below stays writable where the mount itself is not. */
  shallowReadOnly?: boolean
  /** A folder inside of the volume. */
  subpath?: string
  /** A secret or config of a task: nobody asked for it as a mount, and nobody is told of one. */
  hidden?: boolean
}

/** A container as it is stored: all that is needed to start it again, and what became of its last run. */
export interface ContainerRecord {
  id: string
  /** Without slash. */
  name: string
  created: string
  path: string
  args: string[]
  /** With what the image adds, and defaults filled in. */
  config: ContainerConfig
  host: HostConfig
  /** `sha256:...`, what Docker calls the image's id. */
  image: string
  chainId: string
  mounts: StoredMount[]
  /** Links of the old kind, on the default bridge. */
  links?: StoredLink[]
  /** Network settings as they were asked for, by network name. */
  endpoints: Record<string, EndpointSettings>
  /** The files under /etc that the last start mounted. */
  etc?: EtcFiles
  state: RunState
  /** How the last run ended, while that is still being settled. */
  exit?: { exitStatus: number; exitedAt: string }
  restartCount: number
  /** A user stopped it: `unless-stopped` leaves it so. */
  stoppedByUser: boolean
}

export const newState = (): RunState => ({
  status: 'created',
  pid: 0,
  exitCode: 0,
  error: '',
  oomKilled: false,
  startedAt: zeroTime,
  finishedAt: zeroTime,
})

/** It has a process, or is about to have one again. */
export function isRunning({ status }: RunState): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting'
}

/** The mounts that clients are told of. */
export function shownMounts({ mounts }: ContainerRecord): MountPoint[] {
  return mounts.filter(({ hidden }) => hidden !== true).map(({ point }) => point)
}

/** As clients are told of it: the container of a task is on the cluster's networks, which are no mode of its own. */
export function shownNetworkMode({
  host: { NetworkMode: mode = 'default' },
  config,
  endpoints,
}: ContainerRecord): string {
  const ofTask = Object.hasOwn(config.Labels ?? {}, 'com.docker.swarm.task.id')
  return ofTask && endpoints[mode]?.NetworkID === mode ? 'default' : mode
}

/** It has a process now. */
export function isAlive({ status }: RunState): boolean {
  return status === 'running' || status === 'paused'
}
