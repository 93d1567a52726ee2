import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { invalid, nowNano, shortId } from '@essaim/base'
import type { ContainerConfig, ContainerCreateRequest, ContainerCreateResponse } from '@essaim/api-types'
import type { Mount } from '../../containerd/index.js'
import { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { publish } from '../events.js'
import { resolveLinks } from '../links/resolve.js'
import { checkLimits } from '../limits/check.js'
import { kernelLimits } from '../limits/kernel.js'
import { checkName, randomName } from '../names.js'
import { newState, type ContainerRecord } from '../record.js'
import { Layers } from '../rootfs/layers.js'
import { seedVolumes } from '../rootfs/seed.js'
import { makeFifos } from '../run/stdin.js'
import { discard } from '../remove.js'
import { completeHost } from './defaults.js'
import { mergeConfig } from './merge.js'
import { hiddenMount, planMounts, type BoundFile } from './mounts.js'
import { checkPlatform, parsePlatform } from './platform.js'
import { resolveOthers } from './others.js'
import { endpointsOf, validateEndpoints } from './endpoints.js'
import { validateContainer } from './validate.js'

export async function createContainer(
  deps: ContainerDeps,
  request: ContainerCreateRequest,
  options: { name?: string; platform?: string; files?: readonly BoundFile[] },
): Promise<ContainerCreateResponse> {
  const { registry, ids } = deps
  const { HostConfig: askedHost = {}, NetworkingConfig: networking, ...askedConfig } = request
  const asked = options.name ? checkName(options.name) : undefined
  const complete = completeHost(askedHost, deps.logDefaults)
  validateContainer(askedConfig, complete)
  const { changes, warnings } = checkLimits(complete, kernelLimits())
  const host = { ...complete, ...changes }
  validateEndpoints(networking?.EndpointsConfig ?? {})
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform)
  const image = await deps.images.resolve(askedConfig.Image ?? '')
  if (wanted) checkPlatform(wanted, askedConfig.Image ?? '', image)
  const id = ids.hex64()
  const config = withHostname(mergeConfig(askedConfig, image.config), host.NetworkMode ?? '', host.UTSMode ?? '', id)
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
  const [path, ...args] = command
  if (path === undefined) throw invalid('container.command', 'No command specified')
  // What the image says is checked as well, once it is merged.
  validateContainer(config, host)
  const others = resolveOthers(deps.registry, host)
  const links = resolveLinks(host.Links, deps.registry)

  const name = asked ?? randomName((candidate) => registry.nameTaken(candidate))
  registry.reserve(name, id)
  const record: ContainerRecord = {
    id,
    name,
    created: nowNano(),
    path,
    args,
    config,
    host: others,
    image: image.id,
    chainId: image.chainId,
    mounts: [],
    ...(links.length > 0 && { links }),
    endpoints: endpointsOf(others.NetworkMode ?? 'default', networking?.EndpointsConfig ?? {}),
    state: newState(),
    restartCount: 0,
    stoppedByUser: false,
  }
  const container = new Container(record)
  try {
    container.rootfs = await makeFilesystem(deps, record, options.files ?? [])
    await registry.add(container)
  } catch (error) {
    registry.release(name, id)
    await discard(deps, container, { volumes: true })
    throw error
  }
  publish(deps, container, 'create')
  return { Id: id, Warnings: warnings }
}

/** The writable layer, the folder, and the volumes with what the image puts into them. */
async function makeFilesystem(
  deps: ContainerDeps,
  record: ContainerRecord,
  files: readonly BoundFile[],
): Promise<Mount[]> {
  const { containerd, paths, registry, volumes } = deps
  const { id, config, host } = record
  mkdirSync(paths.folder(id), { recursive: true, mode: 0o710 })
  // The label keeps the snapshot from containerd's garbage collector, whether or not a container record names it.
  const snapshot = containerd.snapshots.prepare(id, record.chainId, { 'containerd.io/gc.root': record.created })
  const [mounts] = await Promise.all([snapshot, config.OpenStdin === true ? makeFifos([paths.stdin(id)]) : undefined])
  const { upper } = new Layers(mounts)
  // Programs tell by this file that they run in a container.
  if (upper !== undefined) writeFileSync(join(upper, '.dockerenv'), '', { mode: 0o755 })
  const planned = await planMounts(config, host, volumes, registry)
  record.mounts = [...planned.map(({ mount }) => mount), ...files.map(hiddenMount)]
  if (planned.some(({ seed }) => seed)) {
    await seedVolumes(planned, mounts, paths.folder(id), (volume) => volumes.mount(volume, id))
    await volumes.unmount(id)
  }
  return mounts
}

/** The host's own name where the UTS or network namespace is the host's. */
function withHostname(config: ContainerConfig, networkMode: string, utsMode: string, id: string): ContainerConfig {
  const ofHost = networkMode === 'host' || utsMode === 'host'
  return { ...config, Hostname: config.Hostname || (ofHost ? hostname() : shortId(id)) }
}
