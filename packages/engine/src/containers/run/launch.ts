import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { conflict } from '@essaim/base'
import {
  isCode,
  ociSpec,
  runcOptions,
  tolerate,
  type Exit,
  type Mount,
  type NewContainer,
} from '../../containerd/index.js'
import type { Sandbox, SandboxPlace } from '../../networks/contract.js'
import { placeIn } from '../../volumes/subpath.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { linkedEnv as linkedEnvOf } from '../links/start.js'
import { isAlive, type ContainerRecord, type StoredMount } from '../record.js'
import { Layers } from '../rootfs/layers.js'
import { buildSpec } from '../spec/build.js'
import type { JoinedNamespaces } from '../spec/namespaces.js'
import { resolveUser } from '../spec/users.js'
import type { OciMount, OciSpec } from '../spec/types.js'
import { parseTmpfs } from '../create/tmpfs.js'
import { clearTask, runtime } from './clear.js'
import { refuseDeviceRequests } from './device-requests.js'
import { parentOf } from './delivered.js'
import { lostLines } from './lost-lines.js'
import { RunOutput } from './output.js'
import { Run } from './run.js'
import { checkPropagation } from './propagation.js'
import { sandboxRequest } from './sandbox.js'
import { makeFifos, openWriter } from './stdin.js'

const execute = promisify(execFile)

export interface Launched {
  run: Run
  pid: number
  exit: Promise<Exit>
}

/**
 * Starts the first process. The network is still being set up while the runtime makes the container: the process waits for
 * both. When it throws, nothing of the attempt is left.
 */
export async function launch(deps: ContainerDeps, container: Container): Promise<Launched> {
  const { containerd, paths } = deps
  const { record } = container
  const { id, config } = record
  refuseDeviceRequests(record.host.DeviceRequests)
  const linked = linkedEnvOf(deps, record)
  let run: Run | undefined
  const network = openSandbox(deps, record)
  try {
    const [place, rootfs, mounts] = await settleAll(
      network.place,
      Promise.resolve(container.rootfs ?? containerd.snapshots.mounts(id)),
      userMounts(deps, record),
      prepareShm(deps, record),
      config.OpenStdin === true ? makeFifos([paths.stdin(id)]) : Promise.resolve(),
    )
    container.rootfs = rootfs
    const { hostsFile, hostnameFile, resolvFile } = place
    record.etc = { hostsFile, hostnameFile, resolvFile }
    const spec = specOf(deps, record, place, rootfs, mounts, linked)
    const output = RunOutput.create(paths, record, lostLines(deps, id))
    run = new Run(output, config.OpenStdin === true ? openWriter(paths.stdin(id)) : undefined)
    await output.connect()
    await createRecord(deps, record, spec)
    const created = containerd.tasks.create({
      containerId: id,
      rootfs,
      stdin: config.OpenStdin === true ? paths.stdin(id) : '',
      stdout: paths.spool(id, 'stdout'),
      stderr: config.Tty === true ? '' : paths.spool(id, 'stderr'),
      terminal: config.Tty === true,
      options: runcOptions({ root: paths.runcRoot }),
    })
    const [, pid] = await settleAll(network.open, created)
    run.shim = parentOf(pid)
    const exit = containerd.tasks.wait(id, undefined, { signal: deps.closing })
    exit.catch(() => {
      // Whoever watches the exit is told as well.
    })
    await containerd.tasks.start(id)
    return { run, pid, exit }
  } catch (error) {
    await Promise.allSettled([network.open])
    await undo(deps, id)
    await run?.end()
    throw error
  }
}

/** `place` comes before `open`, or fails with it. */
function openSandbox(
  { sandboxes }: ContainerDeps,
  record: ContainerRecord,
): { place: Promise<SandboxPlace>; open: Promise<Sandbox> } {
  let early: (place: SandboxPlace) => void = () => {}
  const told = new Promise<SandboxPlace>((resolve) => (early = resolve))
  const open = sandboxes.open(sandboxRequest(record), early)
  return { place: Promise.race([told, open]), open }
}

/** Like Promise.all, but nothing is still at work when it throws. */
async function settleAll<T extends unknown[]>(...work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as T
}

function specOf(
  deps: ContainerDeps,
  record: ContainerRecord,
  sandbox: SandboxPlace,
  rootfs: Mount[],
  mounts: OciMount[],
  linkedEnv: string[],
): OciSpec {
  const { config, host, id, path, args } = record
  const layers = new Layers(rootfs)
  const files = { passwd: layers.read('/etc/passwd'), group: layers.read('/etc/group') }
  const shmOwner = host.IpcMode?.startsWith('container:') ? host.IpcMode.slice('container:'.length) : undefined
  const shmPath =
    host.IpcMode === 'shareable' ? deps.paths.shm(id) : shmOwner === undefined ? undefined : deps.paths.shm(shmOwner)
  const init = host.Init === true ? initPath() : undefined
  return buildSpec({
    id,
    path,
    args,
    config,
    host,
    user: resolveUser(config.User ?? '', host.GroupAdd ?? [], files),
    mounts,
    linkedEnv,
    etc: sandbox,
    ...(shmPath !== undefined && { shmPath }),
    joined: joinedNamespaces(deps, record, sandbox),
    hostNetwork: sandbox.netnsPath === undefined,
    ...(init !== undefined && { initPath: init }),
  })
}

function joinedNamespaces(deps: ContainerDeps, { host }: ContainerRecord, sandbox: SandboxPlace): JoinedNamespaces {
  const of = (mode: string | undefined, kind: 'pid' | 'ipc'): string | undefined => {
    if (!mode?.startsWith('container:')) return undefined
    const other = deps.registry.find(mode.slice('container:'.length))
    if (!isAlive(other.record.state)) {
      throw conflict(
        'container.not-running',
        `cannot join ${kind.toUpperCase()} of a non running container: ${other.id}`,
      )
    }
    if (kind === 'ipc' && other.record.host.IpcMode !== 'shareable') {
      throw conflict(
        'container.ipc',
        `cannot join IPC of a container ${other.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
      )
    }
    return `/proc/${other.record.state.pid}/ns/${kind}`
  }
  const pid = of(host.PidMode, 'pid')
  const ipc = of(host.IpcMode, 'ipc')
  return {
    ...(sandbox.netnsPath !== undefined && { network: sandbox.netnsPath }),
    ...(pid !== undefined && { pid }),
    ...(ipc !== undefined && { ipc }),
  }
}

async function userMounts(deps: ContainerDeps, { id, host, mounts }: ContainerRecord): Promise<OciMount[]> {
  const stored = await Promise.all(mounts.map((mount) => ociMount(deps, id, mount)))
  const tmpfs = Object.entries(host.Tmpfs ?? {}).map(([destination, options]): OciMount => {
    return { destination, type: 'tmpfs', source: 'tmpfs', options: parseTmpfs(options) }
  })
  return [...stored, ...tmpfs]
}

async function ociMount(deps: ContainerDeps, id: string, stored: StoredMount): Promise<OciMount> {
  const { Type, Name = '', Source = '', Destination: destination = '', RW, Propagation } = stored.point
  const deep = Type === 'bind' && stored.recursive && stored.shallowReadOnly !== true
  const access = RW === false ? ['ro', ...(deep ? ['rro'] : [])] : []
  if (Type === 'tmpfs') return { destination, type: 'tmpfs', source: 'tmpfs', options: stored.options }
  let source = Source
  if (Type === 'volume') {
    const folder = await deps.volumes.mount(Name, id, { destination, readOnly: RW === false })
    source = stored.subpath === undefined ? folder : await placeIn(folder, stored.subpath)
  } else if (!statSync(source, { throwIfNoEntry: false })) {
    mkdirSync(source, { recursive: true })
  }
  checkPropagation(source, Propagation ?? '')
  const options = [stored.recursive ? 'rbind' : 'bind', ...access, Propagation || 'rprivate', ...stored.options]
  return { destination, type: 'bind', source, options }
}

/** /dev/shm of a container that shares it is a tmpfs on the host. */
async function prepareShm({ paths }: ContainerDeps, { id, host }: ContainerRecord): Promise<void> {
  if (host.IpcMode !== 'shareable') return
  const path = paths.shm(id)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (statSync(path).dev !== statSync(dirname(path)).dev) return
  const options = `mode=1777,nosuid,nodev,noexec,size=${host.ShmSize ?? 0}`
  await execute('mount', ['-t', 'tmpfs', '-o', options, '--', 'shm', path])
}

/** What may be there of an attempt that a kill interrupted is replaced. */
async function createRecord(
  { containerd, paths }: ContainerDeps,
  record: ContainerRecord,
  spec: OciSpec,
): Promise<void> {
  const wanted: NewContainer = {
    id: record.id,
    image: record.image,
    runtime: { name: runtime, options: runcOptions({ root: paths.runcRoot }) },
    spec: ociSpec(spec),
    snapshotter: containerd.snapshotter,
    snapshotKey: record.id,
  }
  try {
    await containerd.containers.create(wanted)
  } catch (error) {
    if (!isCode(error, 'ALREADY_EXISTS')) throw error
    await clearTask(containerd, record.id)
    await containerd.containers.delete(record.id)
    await containerd.containers.create(wanted)
  }
}

async function undo({ containerd, sandboxes, volumes, logger }: ContainerDeps, id: string): Promise<void> {
  const results = await Promise.allSettled([
    (async () => {
      await clearTask(containerd, id)
      await tolerate(containerd.containers.delete(id), 'NOT_FOUND')
    })(),
    sandboxes.close(id),
    volumes.unmount(id),
  ])
  for (const result of results) {
    if (result.status === 'rejected') logger.warn('cannot undo a failed start', { id, error: String(result.reason) })
  }
}

function initPath(): string {
  const found = ['/usr/bin/tini-static', '/usr/bin/docker-init', '/usr/bin/tini'].find((path) => existsSync(path))
  if (found === undefined) throw conflict('container.init', 'no init is installed: install the package tini')
  // Opened to tell early, and with the right words, that it cannot be read.
  closeSync(openSync(found, 'r'))
  return found
}
