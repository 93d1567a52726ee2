import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { conflict, notFound } from '@essaim/base'
import { tolerate } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { isAlive, isRunning, type ContainerRecord } from './record.js'
import { clearTask } from './run/clear.js'
import { killAndWait } from './stop.js'

const run = promisify(execFile)

export interface RemoveOptions {
  force: boolean
  volumes: boolean
  /** Removes a link of the old kind only: the reference is `OWNER/ALIAS`. */
  link: boolean
}

export async function removeContainer(deps: ContainerDeps, ref: string, options: RemoveOptions): Promise<void> {
  if (options.link) return removeLink(deps, ref)
  const container = deps.registry.find(ref)
  const { record } = container
  if (record.state.status === 'removing') {
    throw conflict('container.removing', `removal of container ${ref} is already in progress`)
  }
  if (isRunning(record.state) && !options.force) throw stillRunning(container)
  if (isRunning(record.state)) await killAndWait(deps, container)
  await deps.locks.run(container.id, async () => {
    if (!deps.registry.get(container.id)) return
    if (isAlive(record.state)) throw stillRunning(container)
    await removeStopped(deps, container, options.volumes)
  })
}

async function removeLink(deps: ContainerDeps, ref: string): Promise<void> {
  const [owner = '', alias] = ref.replace(/^\//, '').split('/')
  const container = deps.registry.find(owner)
  if (alias === undefined) {
    throw conflict('container.link', 'Conflict, cannot remove the default link name of the container')
  }
  const { record } = container
  await deps.locks.run(container.id, async () => {
    const left = (record.links ?? []).filter((link) => link.alias !== alias)
    if (left.length === (record.links ?? []).length) throw notFound('container.link', `No such container: ${ref}`)
    record.links = left
    await deps.registry.save(container)
  })
}

/** Under the container's lock. Whatever a kill interrupts here is finished at the next start. */
export async function removeStopped(deps: ContainerDeps, container: Container, volumes: boolean): Promise<void> {
  const { record } = container
  container.cancelRestart?.()
  record.state.status = 'removing'
  if (volumes && anonymousVolumes(record).length > 0) {
    await deps.registry.save(container)
    await discard(deps, container, { volumes })
    await deps.registry.delete(container)
    container.removed()
  } else {
    // With its record gone it is removed for everybody; what is left on the host is nobody's, and goes next.
    await deps.registry.delete(container)
    container.removed()
    await discard(deps, container, { volumes: false })
  }
  publish(deps, container, 'destroy')
}

/** Takes away all that the container has on this host, except for its record. Tolerates what is not there. */
export async function discard(
  deps: ContainerDeps,
  { record }: Container,
  { volumes }: { volumes: boolean },
): Promise<void> {
  const { containerd, paths, logger } = deps
  const { id } = record
  if (record.host.IpcMode === 'shareable') await unmountShm(deps, id)
  await Promise.all([
    deps.sandboxes.close(id),
    clearTask(containerd, id).then(() => tolerate(containerd.containers.delete(id), 'NOT_FOUND')),
    deps.volumes.unmount(id),
  ])
  if (volumes) await removeAnonymousVolumes(deps, record)
  // Nothing waits for these two: what they leave when they fail is an orphan that the next start removes.
  const rest = Promise.all([
    tolerate(containerd.snapshots.remove(id), 'NOT_FOUND'),
    rm(paths.folder(id), { recursive: true, force: true }),
  ])
  rest.catch((error: unknown) => logger.warn('cannot remove a container’s files', { id, error: String(error) }))
}

/** Named volumes stay; so do those that others use. */
async function removeAnonymousVolumes(deps: ContainerDeps, record: ContainerRecord): Promise<void> {
  for (const name of anonymousVolumes(record)) {
    const shared = deps.registry
      .all()
      .some(({ id, record: other }) => id !== record.id && other.mounts.some(({ point }) => point.Name === name))
    if (!shared) await deps.volumes.remove(name, { force: true })
  }
}

function anonymousVolumes({ mounts }: ContainerRecord): string[] {
  return mounts.flatMap(({ point: { Type, Name = '' } }) => {
    return Type === 'volume' && /^[0-9a-f]{64}$/.test(Name) ? [Name] : []
  })
}

/** A tmpfs for sharing is mounted on the host. */
async function unmountShm({ paths, logger }: ContainerDeps, id: string): Promise<void> {
  await run('umount', ['-l', '--', paths.shm(id)]).catch((error: unknown) => {
    logger.debug('shm was not mounted', { id, error: String(error) })
  })
}

function stillRunning({ id, record }: Container): Error {
  return record.state.status === 'paused'
    ? conflict(
        'container.paused',
        `You cannot remove a paused container ${id}. Unpause and then stop the container before attempting removal or force remove`,
      )
    : conflict(
        'container.running',
        `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
      )
}
