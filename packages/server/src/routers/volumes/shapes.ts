import type { Volume } from '@essaim/api-types'

/** Docker answers null where no labels and no options were given. */
export function volumeAnswer(volume: Volume): object {
  return { ...volume, Labels: orNull(volume.Labels), Options: orNull(volume.Options) }
}

const orNull = (map: Record<string, string>): Record<string, string> | null => {
  return Object.keys(map).length === 0 ? null : map
}
