import { invalid } from '@essaim/base'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

export interface RegistryCertificates {
  ca: string[]
  cert?: string
  key?: string
}

/** Debian's collection, with what the machine's owner has added to it; without one, those that came with Node. */
const systemBundle = '/etc/ssl/certs/ca-certificates.crt'

/**
 * The files of a registry's folder `host[:port]`, by Docker's rule: `*.crt` are authorities, `*.cert` with its `*.key`
 * is ours. Of several folders the first that has one for the registry counts.
 */
export async function certificatesOf(folders: string[], host: string): Promise<RegistryCertificates> {
  for (const folder of folders) {
    const place = join(folder, host)
    const names = await namesIn(place)
    if (names.length > 0) return await readCertificates(place, names)
  }
  return { ca: await systemAuthorities() }
}

async function systemAuthorities(): Promise<string[]> {
  const bundle = await readFile(systemBundle, 'utf8').catch(() => '')
  return bundle === '' ? [...rootCertificates] : [bundle]
}

async function namesIn(place: string): Promise<string[]> {
  try {
    return (await readdir(place)).toSorted()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR'].includes(code)) return []
    throw error
  }
}

async function readCertificates(place: string, names: string[]): Promise<RegistryCertificates> {
  const read = (name: string): Promise<string> => readFile(join(place, name), 'utf8')
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read))
  const pair = (name: string, from: RegExp, to: string): string => {
    const other = name.replace(from, to)
    if (names.includes(other)) return other
    const [what, whose] = to === '.key' ? ['key', 'certificate'] : ['client certificate', 'key']
    const text = `missing ${what} ${other} for ${whose} ${name}`
    throw invalid('registry.certificates', text, { hint: `put both into ${place}` })
  }
  for (const name of names.filter((one) => one.endsWith('.key'))) pair(name, /\.key$/, '.cert')
  const own = names.find((name) => name.endsWith('.cert'))
  return {
    // Added to the usual ones, as by Docker.
    ca: [...(await systemAuthorities()), ...authorities],
    ...(own !== undefined && { cert: await read(own), key: await read(pair(own, /\.cert$/, '.key')) }),
  }
}
