import type { Logger } from '@essaim/base'
import { randomUUID } from 'node:crypto'
import { Containerd } from './client.js'
import { isCode, tolerate } from './error.js'
import { Supervisor } from './supervise.js'

export interface OpenOptions {
  dataRoot: string
  execRoot: string
  /** The socket of a containerd that somebody else runs; without it one of our own is started or adopted. */
  address?: string
  namespace?: string
  logger: Logger
}

export interface OpenContainerd {
  client: Containerd
  /** Undefined when containerd is somebody else's. */
  supervisor?: Supervisor
  /** Lets go of containerd; it and its containers go on. */
  close(): Promise<void>
}

/** A containerd that answers, with its namespace made and a snapshotter that works here. */
export async function openContainerd(options: OpenOptions): Promise<OpenContainerd> {
  const { address: given, namespace = 'essaim' } = options
  const supervisor = given === undefined ? await Supervisor.start(options) : undefined
  const address = supervisor?.address ?? given ?? ''
  try {
    const snapshotter = await usableSnapshotter(address, namespace)
    if (snapshotter !== 'overlayfs')
      options.logger.warn('overlayfs does not work here, copying instead', { snapshotter })
    const client = new Containerd({ address, namespace, snapshotter, ...(supervisor && { state: supervisor.state }) })
    const close = async (): Promise<void> => {
      client.close()
      await supervisor?.close()
    }
    return { client, close, ...(supervisor && { supervisor }) }
  } catch (error) {
    await supervisor?.close()
    throw error
  }
}

/** overlayfs does not work upon every file system; the native one copies whole trees and works upon all. */
async function usableSnapshotter(address: string, namespace: string): Promise<string> {
  const client = new Containerd({ address, namespace })
  try {
    await client.namespaces.ensure(namespace, { timeout: 10_000 })
    const key = `probe-${randomUUID()}`
    await client.snapshots.prepare(key, '')
    await tolerate(client.snapshots.remove(key), 'NOT_FOUND')
    return client.snapshotter
  } catch (error) {
    if (isCode(error, 'INVALID_ARGUMENT', 'NOT_FOUND')) return 'native'
    throw error
  } finally {
    client.close()
  }
}
