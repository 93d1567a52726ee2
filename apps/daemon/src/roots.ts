import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { claim } from './claim.js'
import type { Settings } from './settings.js'

/**
 * Makes the folders and takes them for this process alone: two daemons never share a root. Others may pass through
 * the exec root, since the API's socket stands in it; what is secret in it stands in folders of mode 0700.
 */
export function claimRoots({ dataRoot, execRoot, pidfile }: Settings): () => void {
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 })
  mkdirSync(execRoot, { recursive: true, mode: 0o711 })
  mkdirSync(dirname(pidfile), { recursive: true })
  const releases: (() => void)[] = []
  const release = (): void => releases.splice(0).forEach((each) => each())
  try {
    releases.push(claim({ path: pidfile, form: 'pid-file', refusal: pidfileHeld(pidfile) }))
    releases.push(claim({ path: join(dataRoot, 'essaimd.lock'), form: 'lock', refusal: rootHeld('data', dataRoot) }))
    releases.push(claim({ path: join(execRoot, 'essaimd.lock'), form: 'lock', refusal: rootHeld('exec', execRoot) }))
  } catch (error) {
    release()
    throw error
  }
  return release
}

const pidfileHeld =
  (path: string) =>
  (pid: number): string =>
    `pid file found, ensure essaimd (process ${pid}) is not running or delete ${path}`

const rootHeld =
  (kind: string, path: string) =>
  (pid: number): string =>
    `another essaimd (process ${pid}) uses the ${kind} root ${path}: stop it, or give this one another --${kind}-root`
