import type { Mount } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { atLeast } from '../../http/version.js'

const optionsOf = [
  ['VolumeOptions', 'volume'],
  ['BindOptions', 'bind'],
  ['TmpfsOptions', 'tmpfs'],
] as const

/** Takes off the options of mounts that did not exist in `version`, and refuses those that it must not ignore. */
export function adjustMounts(mounts: Mount[], version: string): void {
  for (const mount of mounts) {
    const { BindOptions, VolumeOptions } = mount
    if (!atLeast(version, '1.40')) delete BindOptions?.NonRecursive
    if (!atLeast(version, '1.42')) delete BindOptions?.CreateMountpoint
    for (const [options, type] of optionsOf) {
      if (mount[options] === undefined || mount.Type === type) continue
      if (atLeast(version, '1.42')) {
        const given = JSON.stringify(mount.Type ?? '')
        throw invalid('container.mount-options', `${options} must not be specified on mount type ${given}`)
      }
      if (options !== 'BindOptions') delete mount[options]
    }
    if (!atLeast(version, '1.44') && BindOptions?.ReadOnlyForceRecursive) {
      throw invalid('container.mount-options', 'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer')
    }
    if (!atLeast(version, '1.45') && VolumeOptions?.Subpath) {
      throw invalid('container.mount-options', 'VolumeOptions.Subpath needs API v1.45 or newer')
    }
    if (!atLeast(version, '1.48') && mount.Type === 'image') {
      throw invalid('container.mount-options', 'Mount type "Image" needs API v1.48 or newer')
    }
  }
}
