import type { Mount, Task } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { expand } from './template.js'

/** The mounts of a task with their templates filled in. Throws Docker's refusals. */
export function taskMounts(task: Task, fields: object): Mount[] {
  const mounts = (task.Spec.ContainerSpec?.Mounts ?? []).map((mount) => expandMount(mount, fields))
  for (const mount of mounts) {
    const refusal = refuseMount(mount)
    if (refusal !== undefined) throw invalid('task.mount', refusal)
  }
  return mounts
}

/** Paths on the host that must be there before the container is made. */
export function neededSources(mounts: readonly Mount[]): string[] {
  return mounts.flatMap((mount) =>
    mount.Type === 'bind' && mount.Source !== undefined && mount.BindOptions?.CreateMountpoint !== true
      ? [mount.Source]
      : [],
  )
}

function expandMount(mount: Mount, fields: object): Mount {
  const fill = (text: string): string => expand(text, fields)
  const fillAll = (map: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fill(value)]))
  const { VolumeOptions: volume } = mount
  const driver = volume?.DriverConfig
  return {
    ...mount,
    ...(mount.Source !== undefined && { Source: fill(mount.Source) }),
    ...(mount.Target !== undefined && { Target: fill(mount.Target) }),
    ...(volume !== undefined && {
      VolumeOptions: {
        ...volume,
        ...(volume.Labels !== undefined && { Labels: fillAll(volume.Labels) }),
        ...(driver !== undefined && {
          DriverConfig: { ...driver, ...(driver.Options !== undefined && { Options: fillAll(driver.Options) }) },
        }),
      },
    }),
  }
}

function refuseMount({ Type: type, Source: source = '', Target: target = '' }: Mount): string | undefined {
  if (!target.startsWith('/')) return `invalid mount target, must be an absolute path: ${target}`
  switch (type) {
    case 'bind':
      return source.startsWith('/') ? undefined : `invalid bind mount source, must be an absolute path: ${source}`
    case undefined:
    case 'volume':
      return source.startsWith('/') ? `invalid volume mount source, must not be an absolute path: ${source}` : undefined
    case 'tmpfs':
      return source === '' ? undefined : 'invalid tmpfs source, source must be empty'
    case 'image':
      return undefined
    case 'cluster':
    case 'npipe':
      return `invalid mount type: ${type}`
  }
}
