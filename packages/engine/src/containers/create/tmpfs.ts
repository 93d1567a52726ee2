import { invalid } from '@essaim/base'
import type { Mount } from '@essaim/api-types'

/** Docker's options of every tmpfs; what the user says comes after and wins. */
const defaults = ['noexec', 'nosuid', 'nodev']

const flags = new Set(
  (
    'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime ' +
    'nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime ' +
    'strictatime nostrictatime'
  ).split(' '),
)
const settings = new Set(['mode', 'uid', 'gid', 'size', 'nr_inodes', 'nr_blocks', 'mpol'])

/** `--tmpfs PATH:OPTIONS`. */
export function parseTmpfs(options: string): string[] {
  const words = options === '' ? [] : options.split(',')
  for (const word of words) {
    const name = word.split('=', 1)[0] ?? ''
    if (!(word.includes('=') ? settings : flags).has(name)) {
      throw invalid('container.tmpfs', `invalid tmpfs option ["${word}"]`)
    }
  }
  return [...defaults.filter((flag) => !words.includes(flag.slice(2))), ...words]
}

/** The same of a `Mounts` entry. */
export function tmpfsOptions({ ReadOnly, TmpfsOptions: options }: Mount): string[] {
  const size = options?.SizeBytes ?? 0
  if (size < 0) throw invalid('container.tmpfs', 'invalid mount config for type "tmpfs": invalid size')
  return [
    ...defaults,
    ...(ReadOnly === true ? ['ro'] : []),
    ...(options?.Mode ? [`mode=${options.Mode.toString(8)}`] : []),
    ...(size > 0 ? [`size=${size}`] : []),
    ...(options?.Options ?? []).map((pair) => pair.join('=')),
  ]
}
