import { createServer, type RequestListener } from 'node:http'

/** How long a connection that the client keeps open may still bring a request after SIGTERM. */
const lingerMs = 5000

/**
 * Serves `handle` on `port` until SIGTERM. From then on each answer closes its connection; when none is open any more,
 * or `lingerMs` later, `close` runs and the process ends. An idle connection is not closed at once, for the client's
 * next request may be on its way on it.
 */
export function serve(port: number, handle: RequestListener, close: () => Promise<void>): void {
  let ending = false
  const server = createServer((request, response) => {
    if (ending) response.setHeader('connection', 'close')
    handle(request, response)
  })
  server.keepAliveTimeout = 30_000
  server.listen(port, () => console.log(`listening on ${port}`))
  process.once('SIGTERM', () => {
    ending = true
    const since = Date.now()
    const look = (): void => {
      server.getConnections((_, open) => {
        if (open > 0 && Date.now() - since < lingerMs) setTimeout(look, 50)
        else server.close(() => void close().then(() => process.exit(0))).closeAllConnections()
      })
    }
    look()
  })
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
