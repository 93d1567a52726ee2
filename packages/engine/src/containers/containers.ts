import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { mkdirSync } from 'node:fs'
import { Gate, KeyedLock, messageOf, randomIds, systemClock, type Clock, type Ids, type Logger } from '@essaim/base'
import type {
  AttachOptions,
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerStatsResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateRequest,
  ContainerUpdateResponse,
  ContainerWaitResponse,
  EndpointSettings,
  FilesystemChange,
  Filters,
  LogsOptions,
  LogStream,
  StreamSession,
  WaitCondition,
} from '@essaim/api-types'
import { jsonFile, type LogDefaults } from '../logs/defaults.js'
import type { NetworkRef, NetworkUsers } from '../networks/contract.js'
import type { EngineDb } from '../state/db.js'
import type { VolumeUsers } from '../volumes/contract.js'
import type { ImageUsers } from '../images/contract.js'
import { adoptContainers, applyAlways, hasProcess, readopt } from './adopt.js'
import { exportTar, getArchive, putArchive, statPath } from './archive/archive.js'
import type { PathStat } from './archive/stat.js'
import { attachContainer } from './attach/attach.js'
import { containerChanges } from './changes.js'
import { connectNetwork, disconnectNetwork } from './connect.js'
import { createContainer } from './create/create.js'
import type { BoundFile } from './create/mounts.js'
import type { ContainerDeps } from './deps.js'
import { Execs } from './exec/execs.js'
import { inspectContainer } from './inspect/inspect.js'
import { killContainer } from './kill.js'
import { listContainers, type ListOptions } from './list/list.js'
import { containerLogs } from './logs.js'
import { clearLatecomers, removeOrphans } from './orphans.js'
import { endStrayShims } from './run/shims.js'
import { ContainerPaths } from './paths.js'
import { pauseContainer, unpauseContainer } from './pause.js'
import { pruneContainers } from './prune.js'
import { isAlive, type ContainerRecord } from './record.js'
import { Registry } from './registry.js'
import { removeContainer } from './remove.js'
import { renameContainer } from './rename.js'
import { resizeContainer } from './resize.js'
import { restartContainer } from './restart.js'
import { startContainer } from './start.js'
import { containerStats } from './stats/stats.js'
import { stopContainer, type StopOptions } from './stop.js'
import { topContainer } from './top.js'
import { updateContainer } from './update.js'
import { waitContainer } from './wait.js'

type Parts = Pick<ContainerDeps, 'containerd' | 'images' | 'volumes' | 'sandboxes' | 'events'>

export interface ContainersOptions extends Parts {
  registry: Registry
  dataRoot: string
  logDefaults?: LogDefaults
  execRoot: string
  logger: Logger
  clock?: Clock
  ids?: Ids
}

/** How long after the start a call of a killed daemon may still be at work in containerd. */
const lateLookMs = 15_000

/** The containers of this host: a verb each, every one a file of its own. */
export class Containers {
  readonly exec: Execs
  readonly #deps: ContainerDeps
  readonly #closing = new AbortController()
  #readopting: Promise<void> | undefined
  #cancelLateLook = (): void => {}

  constructor(options: ContainersOptions) {
    const { dataRoot, execRoot, clock = systemClock, ids = randomIds, ...parts } = options
    this.#deps = {
      ...parts,
      logDefaults: options.logDefaults ?? jsonFile,
      clock,
      ids,
      paths: new ContainerPaths(dataRoot, execRoot),
      locks: new KeyedLock(),
      starts: new Gate(2 * availableParallelism()),
      onContainerdLost: () => this.#readopt(),
      closing: this.#closing.signal,
    }
    // Every container that runs waits for its end with it, and so does every exec.
    setMaxListeners(0, this.#closing.signal)
    this.exec = new Execs(this.#deps)
    mkdirSync(this.#deps.paths.all, { recursive: true, mode: 0o710 })
  }

  /** Takes up what a former daemon left: running containers, half-done work, orphans. */
  async adopt(): Promise<void> {
    const { registry, sandboxes, containerd } = this.#deps
    // A kill between the start and its being written down leaves a process that runs without the record saying so.
    const running = new Set((await containerd.tasks.list()).filter(hasProcess).map((task) => task.containerId))
    const alive = registry.all().filter(({ id, record }) => isAlive(record.state) || running.has(id))
    await sandboxes.adopt(alive.map(({ id }) => id))
    await adoptContainers(this.#deps)
    await removeOrphans(this.#deps)
    this.#cancelLateLook = this.#deps.clock.after(lateLookMs, () => {
      void this.#lookAgain().catch((error: unknown) => {
        this.#deps.logger.warn('tasks of a former daemon were not looked for', { error: String(error) })
      })
    })
  }

  async #lookAgain(): Promise<void> {
    await clearLatecomers(this.#deps)
    await endStrayShims(this.#deps)
  }

  /** Once the API answers: policies that start what does not run. */
  async applyPolicies(): Promise<void> {
    await applyAlways(this.#deps)
  }

  /** Lets go of everything; containers run on. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the engine closes'))
    this.#cancelLateLook()
    for (const container of this.#deps.registry.all()) {
      container.cancelRestart?.()
      container.run?.detach()
    }
    await this.#readopting
  }

  create(
    request: ContainerCreateRequest,
    options: { name?: string; platform?: string; files?: readonly BoundFile[] },
  ): Promise<ContainerCreateResponse> {
    return createContainer(this.#deps, request, options)
  }

  list(options: ListOptions): Promise<ContainerSummary[]> {
    return listContainers(this.#deps, options)
  }

  inspect(ref: string, options: { size: boolean }): Promise<ContainerInspectResponse> {
    return inspectContainer(this.#deps, ref, options)
  }

  start(ref: string): Promise<void> {
    return startContainer(this.#deps, ref)
  }

  stop(ref: string, options: StopOptions): Promise<void> {
    return stopContainer(this.#deps, ref, options)
  }

  restart(ref: string, options: StopOptions): Promise<void> {
    return restartContainer(this.#deps, ref, options)
  }

  kill(ref: string, signal: string): Promise<void> {
    return killContainer(this.#deps, ref, signal)
  }

  pause(ref: string): Promise<void> {
    return pauseContainer(this.#deps, ref)
  }

  unpause(ref: string): Promise<void> {
    return unpauseContainer(this.#deps, ref)
  }

  rename(ref: string, name: string): Promise<void> {
    return renameContainer(this.#deps, ref, name)
  }

  update(ref: string, request: ContainerUpdateRequest): Promise<ContainerUpdateResponse> {
    return updateContainer(this.#deps, ref, request)
  }

  wait(
    ref: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ): Promise<{ result: Promise<ContainerWaitResponse> }> {
    return waitContainer(this.#deps, ref, condition, signal)
  }

  remove(ref: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void> {
    return removeContainer(this.#deps, ref, options)
  }

  prune(filters: Filters): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }> {
    return pruneContainers(this.#deps, filters)
  }

  logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream> {
    return containerLogs(this.#deps, ref, options, signal)
  }

  attach(ref: string, options: AttachOptions, signal: AbortSignal): Promise<StreamSession> {
    return attachContainer(this.#deps, ref, options, signal)
  }

  resize(ref: string, size: { height: number; width: number }): Promise<void> {
    return resizeContainer(this.#deps, ref, size)
  }

  top(ref: string, psArgs: string): Promise<ContainerTopResponse> {
    return topContainer(this.#deps, ref, psArgs)
  }

  changes(ref: string): Promise<FilesystemChange[]> {
    return containerChanges(this.#deps, ref)
  }

  stats(
    ref: string,
    options: { stream: boolean; oneShot: boolean },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerStatsResponse>> {
    return containerStats(this.#deps, ref, options, signal)
  }

  exportTar(ref: string, signal: AbortSignal): Promise<Readable> {
    return exportTar(this.#deps, ref, signal)
  }

  statPath(ref: string, path: string): Promise<PathStat> {
    return statPath(this.#deps, ref, path)
  }

  getArchive(ref: string, path: string, signal: AbortSignal): Promise<{ stat: PathStat; tar: Readable }> {
    return getArchive(this.#deps, ref, path, signal)
  }

  putArchive(
    ref: string,
    path: string,
    tar: Readable,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
  ): Promise<void> {
    return putArchive(this.#deps, ref, path, tar, options)
  }

  /** What the networks API does to containers. */
  get networkUsers(): NetworkUsers {
    return {
      connect: (ref: string, network: NetworkRef, settings: EndpointSettings) =>
        connectNetwork(this.#deps, ref, network, settings),
      disconnect: (ref: string, network: NetworkRef, force: boolean) =>
        disconnectNetwork(this.#deps, ref, network, force),
    }
  }

  #readopt(): void {
    this.#readopting ??= readopt(this.#deps)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) {
          this.#deps.logger.error('cannot adopt the containers again', { error: messageOf(error) })
        }
      })
      .finally(() => (this.#readopting = undefined))
  }
}

/** Who uses an image, as the images ask. */
export function imageUsers(registry: Registry): ImageUsers {
  return {
    containersOf: (imageId) =>
      registry
        .all()
        .filter(({ record }) => record.image === imageId)
        .map(({ id, record }) => ({ id, running: isAlive(record.state) })),
  }
}

/** Who uses a volume, as the volumes ask. A container that is being removed lets go of them. */
export function volumeUsers(registry: Registry): VolumeUsers {
  return {
    containersOf: (volume) =>
      registry
        .all()
        .filter(
          ({ record }) =>
            record.state.status !== 'removing' && record.mounts.some(({ point }) => point.Name === volume),
        )
        .map(({ id }) => id),
  }
}

export function openRegistry(db: EngineDb): Registry {
  return new Registry(db.table<ContainerRecord>('containers'))
}
