import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeIdentity } from '@essaim/protocol'
import { writeWhole } from '../whole-file.js'

/** Key and certificate are one file, so that they always belong together. */
const ownFile = 'swarm-node.pem'
const rootsFile = 'swarm-root-ca.pem'

/** Undefined where the node has none yet. */
export async function readIdentity(folder: string): Promise<NodeIdentity | undefined> {
  try {
    const [own, roots] = await Promise.all([ownFile, rootsFile].map((name) => readFile(join(folder, name), 'utf8')))
    const [key = ''] = own?.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/) ?? []
    return { key, certificate: own?.replace(key, '') ?? '', roots: roots ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeIdentity(folder: string, { key, certificate, roots }: NodeIdentity): Promise<void> {
  await writeWhole(join(folder, rootsFile), roots)
  await writeWhole(join(folder, ownFile), key + certificate)
}
