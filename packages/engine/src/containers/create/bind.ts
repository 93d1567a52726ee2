import { normalize } from 'node:path'
import { invalid } from '@essaim/base'

/** One mount as it was asked for, checked, with nothing made yet. */
export interface ParsedMount {
  type: 'bind' | 'volume' | 'tmpfs'
  /** A path on the host, a volume's name, or empty for an anonymous volume. */
  source: string
  target: string
  readOnly: boolean
  mode: string
  propagation: string
  noCopy: boolean
  recursive: boolean
  /** False: what is mounted below it stays writable when it is not. */
  deeplyReadOnly?: boolean
  driver?: string
  driverOpts?: Record<string, string>
  labels?: Record<string, string>
  subpath?: string
  options?: string[]
}

export const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']

/** `SOURCE:TARGET[:MODE]`; a source without a slash in front names a volume. Messages are Docker's. */
export function parseBind(text: string, driver?: string): ParsedMount {
  const [source = '', target, mode = '', ...rest] = text.split(':')
  if (target === undefined && source !== '' && !source.startsWith('/')) checkTarget(source, text)
  if (target === undefined || source === '' || rest.length > 0) {
    throw invalid('container.bind', `invalid volume specification: '${text}'`)
  }
  const type = source.startsWith('/') ? 'bind' : 'volume'
  const words = mode === '' ? [] : mode.split(',')
  const propagation = words.find((word) => propagations.includes(word))
  const allowed = ['rw', 'ro', 'z', 'Z', 'nocopy', 'copy', 'cached', 'delegated', 'consistent', ...propagations]
  if (words.some((word) => !allowed.includes(word)) || (words.includes('ro') && words.includes('rw'))) {
    throw invalid('container.bind', `invalid mode: ${mode}`)
  }
  if (propagation !== undefined && type === 'volume') {
    const why = 'invalid mount config for type "volume": field BindOptions must not be specified'
    throw invalid('container.bind', `invalid volume specification: '${text}': ${why}`)
  }
  if (words.includes('nocopy') && type === 'bind') {
    throw invalid('container.bind', `invalid mode: ${mode}`)
  }
  return {
    type,
    source: type === 'bind' ? normalize(source) : source,
    target: checkTarget(target, text, undefined, type),
    readOnly: words.includes('ro'),
    mode,
    propagation: propagation ?? (type === 'bind' ? 'rprivate' : ''),
    noCopy: words.includes('nocopy'),
    recursive: true,
    ...(driver && type === 'volume' && { driver }),
  }
}

/** An absolute path other than the root; answers it without superfluous slashes. */
export function checkTarget(
  target: string,
  whole?: string,
  fail: (why: string) => Error = (why) =>
    invalid('container.mount', `invalid volume specification: '${whole}': ${why}`),
  type: 'bind' | 'volume' = 'volume',
): string {
  const reason = (why: string): Error =>
    fail(whole === undefined ? why : `invalid mount config for type "${type}": ${why}`)
  if (!target.startsWith('/')) throw reason(`invalid mount path: '${target}' mount path must be absolute`)
  const path = normalize(target).replace(/(.)\/$/, '$1')
  if (path === '/') throw reason("invalid specification: destination can't be '/'")
  return path
}
