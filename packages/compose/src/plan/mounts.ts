import type { Mount } from '@essaim/api-types'
import { resolve } from 'node:path'
import type { Surroundings } from '../environment.js'
import { problem, shown } from '../problem.js'
import type { Located } from '../read/reader.js'
import type { ComposeModel } from '../shape/compose-file.js'
import type { MountModel } from '../shape/mounts.js'
import type { Namespace } from './namespace.js'

const options = ['bind', 'volume', 'tmpfs', 'image', 'cluster'] as const

export function planMount(
  mount: Located<MountModel>,
  model: ComposeModel,
  namespace: Namespace,
  around: Surroundings,
): Mount {
  const { type, source, target, read_only: readOnly, consistency } = mount.value
  const wrong = (what: string): Error => problem(mount.at, mount.path, what)
  for (const key of options) {
    if (key !== type && !(key === 'bind' && type === 'npipe') && mount.value[key] !== undefined) {
      throw wrong(`${key} options are incompatible with type ${type}`)
    }
  }
  const base: Mount = {
    Type: type,
    Target: target,
    ...(readOnly && { ReadOnly: true }),
    ...(consistency !== undefined && { Consistency: consistency }),
  }
  if (type === 'tmpfs') {
    if (source !== undefined && source !== '') throw wrong('a tmpfs has no source')
    const { size, mode } = mount.value.tmpfs ?? {}
    return {
      ...base,
      ...(mount.value.tmpfs && {
        TmpfsOptions: { ...(size !== undefined && { SizeBytes: size }), ...(mode !== undefined && { Mode: mode }) },
      }),
    }
  }
  if (type === 'volume') return { ...base, ...volumeSource(mount, model, namespace) }
  if (source === undefined || source === '') throw wrong(`source is missing: a ${type} needs one`)
  if (type === 'cluster') return { ...base, ...clusterSource(mount, model, namespace) }
  if (type === 'image')
    return { ...base, Source: source, ...(mount.value.image && { ImageOptions: subpath(mount.value.image) }) }
  const propagation = mount.value.bind?.propagation
  return {
    ...base,
    Source: type === 'bind' ? hostPath(source, around) : source,
    ...(propagation !== undefined && { BindOptions: { Propagation: propagation as 'rprivate' } }),
  }
}

function volumeSource(mount: Located<MountModel>, model: ComposeModel, namespace: Namespace): Partial<Mount> {
  const { source, volume: wanted } = mount.value
  if (source === undefined || source === '') return {}
  const { value: volume } = volumeNamed(source, mount, model)
  const chosen = { ...(wanted?.nocopy && { NoCopy: true }), ...(wanted && subpath(wanted)) }
  if (volume.external?.external) {
    return { Source: volume.external.name ?? volume.name ?? source, VolumeOptions: chosen }
  }
  return {
    Source: volume.name ?? namespace.scope(source),
    VolumeOptions: {
      ...chosen,
      Labels: namespace.labels(volume.labels),
      ...((volume.driver !== undefined || volume.driver_opts) && {
        DriverConfig: {
          ...(volume.driver !== undefined && { Name: volume.driver }),
          ...(volume.driver_opts && { Options: volume.driver_opts }),
        },
      }),
    },
  }
}

/** A source `group:NAME` is any volume of that group, which belongs to no stack. */
function clusterSource(mount: Located<MountModel>, model: ComposeModel, namespace: Namespace): Partial<Mount> {
  const { source = '' } = mount.value
  if (source.startsWith('group:')) return { Source: source }
  return { Source: volumeNamed(source, mount, model).value.name ?? namespace.scope(source) }
}

function volumeNamed(
  source: string,
  mount: Located<MountModel>,
  model: ComposeModel,
): NonNullable<ComposeModel['volumes']>[string] {
  const found = model.volumes?.[source]
  if (found) return found
  const known = Object.keys(model.volumes ?? {})
    .toSorted()
    .join(', ')
  const rest = `the section volumes ${known === '' ? 'is empty' : `has ${known}`}`
  throw problem(mount.at, mount.path, `undefined volume ${shown(source)}; ${rest}`)
}

const subpath = (options: { subpath?: string }): { Subpath?: string } =>
  options.subpath === undefined ? {} : { Subpath: options.subpath }

function hostPath(source: string, around: Surroundings): string {
  const home = around.lookup('HOME')
  const expanded = source.startsWith('~') && home !== undefined ? home + source.slice(1) : source
  // An absolute path stays as it was written.
  return expanded.startsWith('/') ? expanded : resolve(around.directory, expanded)
}
