import { EssaimError, internal, invalid, messageOf } from '@essaim/base'

/** The words of Docker's engine, which unpacks archives in a process of its own. */
const prefix = 'Error processing tar file(exit status 1): '

/** What Node's, tar-stream's and containerd's readers call what Docker's calls otherwise. */
const words: [RegExp, string][] = [
  [/Unexpected end of data|Stream was destroyed|unexpected end of file|unexpected EOF/, 'unexpected EOF'],
  [/[Ii]nvalid tar header/, 'archive/tar: invalid tar header'],
]

/** An archive that cannot be read, or does not fit on the disk. Other errors stay what they are. */
export function explainTar(error: unknown): unknown {
  if (error instanceof EssaimError) return error
  const message = messageOf(error)
  if (message.includes('no space left on device')) {
    const hint = 'free some space under the data root'
    return internal('disk.full', `${prefix}no space left on device`, { hint, cause: error })
  }
  const known = words.find(([pattern]) => pattern.test(message))
  if (known) return invalid('archive.format', `${prefix}${known[1]}`, { cause: error })
  // zlib's own: Z_DATA_ERROR and its kin.
  const { code = '' } = error as { code?: unknown }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return invalid('archive.format', `${prefix}gzip: invalid data (${message})`, { cause: error })
  }
  return error
}
