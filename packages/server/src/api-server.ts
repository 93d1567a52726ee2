import type { Logger } from '@essaim/base'
import { setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Backends } from './backends.js'
import { listen } from './http/listen.js'
import { createHttpServer } from './http/server.js'
import { routesOf } from './routes.js'

export interface ApiServerOptions {
  logger: Logger
  /** The engine's version, for the `Server` header. */
  version: string
  /** For the `Swarm` header of a ping: `inactive` (the default), `active/manager`, `active/worker`, `pending`, ... */
  swarmState?: () => string
}

export interface ApiServer {
  /**
   * Listens on `unix:///path` or `tcp://host:port`, any number of times, and answers the address with its true port.
   * Throws when the address is malformed or in use.
   */
  listen(address: string): Promise<string>
  /** Takes no more calls, ends those that stream, and resolves when every connection is closed. */
  close(): Promise<void>
}

/** How long calls may take to end once the server closes. */
const graceMs = 3_000

export function createApiServer(backends: Backends, options: ApiServerOptions): ApiServer {
  const closing = new AbortController()
  // Every call that is open listens to it.
  setMaxListeners(0, closing.signal)
  const routes = routesOf(backends, options.swarmState ?? (() => 'inactive'))
  const servers: Server[] = []
  // Upgraded connections are no longer the HTTP server's: they are closed from here.
  const connections = new Set<Socket>()

  return {
    async listen(address) {
      const server = createHttpServer({
        routes,
        logger: options.logger,
        serverName: `Essaim/${options.version} (linux)`,
        closing: closing.signal,
      })
      server.on('connection', (socket: Socket) => {
        connections.add(socket)
        socket.once('close', () => connections.delete(socket))
      })
      const at = await listen(server, address, options.logger)
      servers.push(server)
      options.logger.info('API listens', { address: at })
      return at
    },
    async close() {
      closing.abort(new Error('the daemon is closing'))
      const timer = setTimeout(() => connections.forEach((socket) => socket.destroy()), graceMs)
      await Promise.all(servers.map(closeServer))
      clearTimeout(timer)
    },
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
