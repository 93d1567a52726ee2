import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where plugins make themselves known. */
export interface PluginFolders {
  /** `NAME.sock` or `NAME/NAME.sock`. */
  sockets: string
  /** `NAME.spec` or `NAME.json`, or the same in a folder NAME; the first that has it. */
  specs: string[]
}

/** Docker's own. */
export const dockerFolders: PluginFolders = {
  sockets: '/run/docker/plugins',
  specs: ['/etc/docker/plugins', '/usr/lib/docker/plugins'],
}

export interface PluginAddress {
  name: string
  /** `unix:///path`, `tcp://host:port`, `http://host:port` or `https://host:port`. */
  url: string
  tls?: { insecure: boolean; ca?: string; certificate?: string; key?: string }
}

/** Looks at the folders anew; undefined for none of that name. Throws for a file that cannot be read. */
export async function findPlugin(folders: PluginFolders, name: string): Promise<PluginAddress | undefined> {
  if (!/^[\w.-]+(\/[\w.-]+)*(:[\w.-]+)?$/.test(name) || name.includes('..')) return undefined
  for (const file of [`${name}.sock`, join(name, `${name}.sock`)]) {
    const path = join(folders.sockets, file)
    if (await isSocket(folders.sockets, file)) return { name, url: `unix://${path}` }
  }
  for (const folder of folders.specs) {
    for (const base of [join(folder, name), join(folder, name, name)]) {
      const spec = await textOf(`${base}.spec`)
      if (spec !== undefined) return { name, url: spec.trim() }
      const json = await textOf(`${base}.json`)
      if (json !== undefined) return parseSpec(name, json)
    }
  }
  return undefined
}

/** The names of all that are there. */
export async function pluginNames(folders: PluginFolders): Promise<string[]> {
  const sockets = await namesIn(folders.sockets, ['.sock'])
  const specs = await Promise.all(folders.specs.map((folder) => namesIn(folder, ['.spec', '.json'])))
  return [...new Set([...sockets, ...specs.flat()])].toSorted((a, b) => (a < b ? -1 : 1))
}

async function namesIn(folder: string, endings: string[]): Promise<string[]> {
  const names: string[] = []
  for (const entry of await entriesOf(folder)) {
    const inner = entry.isDirectory() ? (await entriesOf(join(folder, entry.name))).map(({ name }) => name) : []
    for (const ending of endings) {
      if (entry.name.endsWith(ending)) names.push(entry.name.slice(0, -ending.length))
      if (inner.includes(`${entry.name}${ending}`)) names.push(entry.name)
    }
  }
  return names
}

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true }).catch(missing([]))
const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(missing(undefined))

async function isSocket(folder: string, file: string): Promise<boolean> {
  const [name = '', parent] = file.split('/').reverse()
  const entries = await entriesOf(parent === undefined ? folder : join(folder, parent))
  return entries.some((entry) => entry.name === name && entry.isSocket())
}

function missing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value
    throw error
  }
}

function parseSpec(name: string, text: string): PluginAddress {
  const { Addr = '', TLSConfig: tls } = JSON.parse(text) as {
    Addr?: string
    TLSConfig?: { InsecureSkipVerify?: boolean; CAFile?: string; CertFile?: string; KeyFile?: string }
  }
  const address = { name, url: Addr }
  if (!tls) return address
  return {
    ...address,
    tls: {
      insecure: tls.InsecureSkipVerify === true,
      ...(tls.CAFile && { ca: tls.CAFile }),
      ...(tls.CertFile && { certificate: tls.CertFile }),
      ...(tls.KeyFile && { key: tls.KeyFile }),
    },
  }
}
