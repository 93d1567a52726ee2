import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

export interface RegistryCertificates {
  ca?: string[]
  cert?: string
  key?: string
}

/** The files of a registry's folder, by Docker's rule: `*.crt` are authorities, `*.cert` with its `*.key` is ours. */
export async function certificatesOf(folder: string, host: string): Promise<RegistryCertificates> {
  const place = join(folder, host)
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  const read = (name: string): Promise<string> => readFile(join(place, name), 'utf8')
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read))
  const own = names.find((name) => name.endsWith('.cert'))
  return {
    // Naming authorities replaces the usual ones, which Docker adds to.
    ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
    ...(own !== undefined && { cert: await read(own), key: await read(own.replace(/\.cert$/, '.key')) }),
  }
}
