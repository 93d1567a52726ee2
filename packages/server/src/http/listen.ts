import { invalid, unavailable, type Logger } from '@essaim/base'
import { chmod, chown, lstat, mkdir, readFile, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, isIP, type AddressInfo } from 'node:net'
import { dirname } from 'node:path'

/**
 * Listens on `unix:///path` or `tcp://host:port` and answers the address in that form, with the true port.
 * A socket that nobody listens on any more is replaced; one that is in use is an error.
 */
export async function listen(server: Server, address: string, logger: Logger): Promise<string> {
  if (address.startsWith('unix://')) return listenUnix(server, address.slice('unix://'.length))
  if (address.startsWith('tcp://')) return listenTcp(server, address, logger)
  throw invalid('listen.address', `invalid bind address (${address}): use unix:///path or tcp://host:port`)
}

async function listenUnix(server: Server, path: string): Promise<string> {
  if (!path.startsWith('/'))
    throw invalid('listen.address', `invalid bind address (unix://${path}): not an absolute path`)
  await mkdir(dirname(path), { recursive: true })
  await removeStale(path)
  // The socket must at no moment be open to others: it is born with the narrow mode.
  const mask = process.umask(0o177)
  try {
    await bound(server, { path })
  } finally {
    process.umask(mask)
  }
  const group = await dockerGroup()
  if (group !== undefined) await chown(path, 0, group)
  await chmod(path, 0o660)
  return `unix://${path}`
}

async function listenTcp(server: Server, address: string, logger: Logger): Promise<string> {
  const url = new URL(address.replace(/^tcp:/, 'http:'))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '' || (url.pathname !== '/' && url.pathname !== '')) {
    throw invalid('listen.address', `invalid bind address (${address}): use tcp://host:port`)
  }
  if (!/^127\.|^::1$|^localhost$/.test(host)) {
    logger.warn('the API listens without encryption: whoever reaches this port is root on this host', { address })
  }
  await bound(server, { host, port: url.port === '' ? 2375 : Number(url.port) })
  const { port } = server.address() as AddressInfo
  return `tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

function bound(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (!found.isSocket()) throw invalid('listen.address', `invalid bind address (unix://${path}): it is not a socket`)
  if (await answers(path)) throw unavailable('listen.in-use', `another daemon listens on unix://${path}`)
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

/** The id of the group `docker`, where there is one. */
async function dockerGroup(): Promise<number | undefined> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '')
  const id = /^docker:[^:]*:(\d+):/m.exec(groups)?.[1]
  return id === undefined ? undefined : Number(id)
}
