import { statSync } from 'node:fs'
import { invalid, notImplemented } from '@essaim/base'
import type { ContainerConfig, HostConfig, Mount } from '@essaim/api-types'
import type { VolumeUse } from '../../volumes/contract.js'
import type { StoredMount } from '../record.js'
import type { Registry } from '../registry.js'
import { named } from './others.js'
import { checkTarget, parseBind, propagations, type ParsedMount } from './bind.js'
import { tmpfsOptions } from './tmpfs.js'

/** A mount that came to be, and whether the image's files at its place are to be copied into it. */
export interface PlannedMount {
  mount: StoredMount
  seed: boolean
}

/**
 * All mounts of a new container, in Docker's order of precedence: volumes of other containers, binds, mounts, then
 * anonymous volumes. Volumes that are missing are created.
 */
export async function planMounts(
  config: ContainerConfig,
  host: HostConfig,
  volumes: VolumeUse,
  registry: Registry,
): Promise<PlannedMount[]> {
  const planned = new Map<string, PlannedMount>()
  for (const { point, ...rest } of inherited(host.VolumesFrom ?? [], registry)) {
    planned.set(point.Destination ?? '', { mount: { point, ...rest }, seed: false })
  }
  const asked = [
    ...(host.Binds ?? []).map((bind) => parseBind(bind, host.VolumeDriver)),
    ...(host.Mounts ?? []).map(parseMount),
  ]
  for (const target of Object.keys(host.Tmpfs ?? {})) {
    checkTarget(target, undefined, (why) => invalid('container.tmpfs', why))
  }
  const targets = new Set<string>()
  for (const mount of asked) {
    if (targets.has(mount.target) || host.Tmpfs?.[mount.target] !== undefined) {
      throw invalid('container.mount', `Duplicate mount point: ${mount.target}`)
    }
    targets.add(mount.target)
  }
  for (const mount of asked) planned.set(mount.target, await realise(mount, volumes))
  for (const target of Object.keys(config.Volumes ?? {})) {
    const destination = checkTarget(target, target)
    if (planned.has(destination) || host.Tmpfs?.[destination] !== undefined) continue
    planned.set(destination, await realise({ ...anonymous, target: destination }, volumes))
  }
  return [...planned.values()]
}

const anonymous: ParsedMount = {
  type: 'volume',
  source: '',
  target: '',
  readOnly: false,
  mode: '',
  propagation: '',
  noCopy: false,
  recursive: true,
}

function inherited(from: string[], registry: Registry): StoredMount[] {
  return from.flatMap((spec) => {
    const [ref = '', mode = ''] = spec.split(':', 2)
    if (mode !== '' && mode !== 'ro' && mode !== 'rw' && mode !== 'z' && mode !== 'Z') {
      throw invalid('container.volumes-from', `invalid mode: ${mode}`)
    }
    const { mounts } = named(registry, ref).record
    const shown = mounts.filter(({ hidden }) => hidden !== true)
    return shown.map((mount): StoredMount => {
      const RW = mode === 'ro' ? false : mode === 'rw' ? true : mount.point.RW !== false
      // As Docker, which does not take the mode over.
      return { ...mount, point: { ...mount.point, RW, Mode: '' } }
    })
  })
}

/** A file of the host, seen read-only in a container whose clients are not told of it. */
export interface BoundFile {
  source: string
  target: string
}

export function hiddenMount({ source, target }: BoundFile): StoredMount {
  const point = { Source: source, Destination: target, Mode: '', RW: false, Propagation: 'rprivate' as const }
  return { point: { Type: 'bind', ...point }, options: [], recursive: true, hidden: true }
}

async function realise(mount: ParsedMount, volumes: VolumeUse): Promise<PlannedMount> {
  const base = { Destination: mount.target, Mode: mount.mode, RW: !mount.readOnly, Propagation: mount.propagation }
  const shallow = mount.type === 'bind' && mount.deeplyReadOnly === false
  const common = { options: [], recursive: mount.recursive, ...(shallow && { shallowReadOnly: true }) }
  switch (mount.type) {
    case 'bind':
      return { mount: { point: { Type: 'bind', Source: mount.source, ...base }, ...common }, seed: false }
    case 'tmpfs':
      return {
        mount: { point: { Type: 'tmpfs', Source: '', ...base }, ...common, options: mount.options ?? [] },
        seed: false,
      }
    case 'volume': {
      const volume = await volumes.ensure({
        ...(mount.source !== '' && { Name: mount.source }),
        ...(mount.driver && { Driver: mount.driver }),
        ...(mount.driverOpts && { DriverOpts: mount.driverOpts }),
        ...(mount.labels && { Labels: mount.labels }),
      })
      const point = {
        Type: 'volume' as const,
        Name: volume.Name,
        Source: volume.Mountpoint,
        ...base,
        Driver: volume.Driver,
        // Docker marks named volumes of the local driver for relabelling.
        Mode: mount.source === '' ? base.Mode : base.Mode || 'z',
      }
      const subpath = mount.subpath === undefined ? {} : { subpath: mount.subpath }
      return { mount: { point, ...common, ...subpath }, seed: !mount.noCopy }
    }
  }
}

function parseMount(mount: Mount): ParsedMount {
  const type = mount.Type ?? ''
  const fail = (why: string): Error => invalid('container.mount', `invalid mount config for type "${type}": ${why}`)
  const target = mount.Target ?? ''
  if (target === '') throw fail('field Target must not be empty')
  const common = {
    target: checkTarget(target, undefined, (why) => fail(why)),
    readOnly: mount.ReadOnly === true,
    mode: '',
    noCopy: mount.VolumeOptions?.NoCopy === true,
    recursive: mount.BindOptions?.NonRecursive !== true,
    deeplyReadOnly: mount.BindOptions?.ReadOnlyNonRecursive !== true,
    propagation: '',
  }
  const source = mount.Source ?? ''
  switch (type) {
    case 'bind': {
      if (source === '') throw fail('field Source must not be empty')
      if (!source.startsWith('/')) throw fail(`invalid mount path: '${source}' mount path must be absolute`)
      if (mount.VolumeOptions) throw fail('field VolumeOptions must not be specified')
      if (!statSync(source, { throwIfNoEntry: false }) && mount.BindOptions?.CreateMountpoint !== true) {
        throw fail(`bind source path does not exist: ${source}`)
      }
      const propagation = mount.BindOptions?.Propagation || 'rprivate'
      if (!propagations.includes(propagation)) throw fail(`invalid propagation mode: ${propagation}`)
      return { ...common, type, source, propagation }
    }
    case 'volume': {
      if (mount.BindOptions) throw fail('field BindOptions must not be specified')
      const { DriverConfig, Labels, Subpath } = mount.VolumeOptions ?? {}
      if (Subpath && (Subpath.startsWith('/') || Subpath.split('/').includes('..'))) {
        throw fail('subpath must be a relative path within the volume')
      }
      return {
        ...common,
        type,
        source,
        ...(DriverConfig?.Name && { driver: DriverConfig.Name }),
        ...(DriverConfig?.Options && { driverOpts: DriverConfig.Options }),
        ...(Labels && { labels: Labels }),
        ...(Subpath && { subpath: Subpath }),
      }
    }
    case 'tmpfs':
      if (source !== '') throw fail('field Source must not be specified')
      if (mount.BindOptions) throw fail('field BindOptions must not be specified')
      if (mount.VolumeOptions) throw fail('field VolumeOptions must not be specified')
      return { ...common, type, source: '', options: tmpfsOptions(mount) }
    case 'image':
    case 'cluster':
      throw notImplemented('container.mount', `mounts of type "${type}" are not supported`, {
        hint: type === 'image' ? 'copy the files with docker cp, or use --volumes-from' : 'use a volume',
      })
    default:
      // Clients send other words than the schema's, too.
      throw invalid('container.mount', `invalid mount config for type "${type}": mount type unknown`)
  }
}
