import { invalid, notFound, type Logger } from '@essaim/base'
import { createServer, type IncomingMessage, ServerResponse, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type { Call } from './call.js'
import { isHangUp, logRefusal, refusalOf } from './errors.js'
import { Query } from './query.js'
import { matchRoute, splitVersion, type Route } from './router.js'
import { jsonHeaders, jsonText, send } from './send.js'
import { requestBody } from './request-body.js'
import { bodyOfUpgrade } from './upgrade.js'
import { apiVersion, negotiate } from './version.js'

export interface HttpOptions {
  routes: readonly Route[]
  logger: Logger
  /** Of the `Server` header. */
  serverName: string
  /** Ends every call when it is aborted. */
  closing: AbortSignal
}

/** A server of the API that listens nowhere yet. */
export function createHttpServer(options: HttpOptions): Server {
  // Uploads and streams last as long as they last; only heads must come in time. Registry credentials make heads long.
  const server = createServer({
    requestTimeout: 0,
    keepAliveTimeout: 0,
    maxHeaderSize: 1024 * 1024,
    requireHostHeader: false,
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(options, request, response, requestBody(request))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (head.length > 0) socket.unshift(head)
    socket.on('error', () => socket.destroy())
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket as Socket)
    response.once('finish', () => (socket as Socket).destroySoon())
    void serve(options, request, response, bodyOfUpgrade(request, socket), socket)
  })
  return server
}

async function serve(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
  body: Readable,
  upgrade?: Duplex,
): Promise<void> {
  const ended = new AbortController()
  const carrier = upgrade ?? response
  const end = (): void => ended.abort(new Error('the client has gone'))
  carrier.once('close', end)
  options.closing.addEventListener('abort', end, { once: true })
  const what = `${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`
  try {
    setCommonHeaders(options, response)
    const { call, handler } = open(options, request, body, ended.signal, upgrade)
    const answer = await handler(call)
    await send(call, response, answer)
    if (!upgrade && !request.complete) hangUp(request.socket)
  } catch (error) {
    if (response.headersSent || carrier.destroyed) {
      if (!ended.signal.aborted && !isHangUp(error)) logRefusal(options.logger, what, refusalOf(error), error)
      carrier.destroy()
    } else {
      await refuse(options, what, { request, response, error, drains: !upgrade })
    }
  } finally {
    options.closing.removeEventListener('abort', end)
  }
}

function open(
  options: HttpOptions,
  request: IncomingMessage,
  body: Readable,
  signal: AbortSignal,
  upgrade: Duplex | undefined,
): { call: Call; handler: Route['handler'] } {
  const url = new URL(request.url ?? '/', 'http://docker')
  const { asked, rest } = splitVersion(decodePath(url.pathname))
  const method = request.method ?? 'GET'
  const match = matchRoute(options.routes, method, rest)
  if (!match) throw notFound('api.page', 'page not found')
  const call: Call = {
    method,
    version: negotiate(asked),
    params: match.params,
    query: new Query(url.searchParams),
    headers: request.headers,
    body,
    caller: callerOf(request.socket),
    signal,
    ...(upgrade && { upgrade }),
  }
  return { call, handler: match.handler }
}

function setCommonHeaders(options: HttpOptions, response: ServerResponse): void {
  response.setHeader('Api-Version', apiVersion)
  response.setHeader('Docker-Experimental', 'false')
  response.setHeader('Ostype', 'linux')
  response.setHeader('Server', options.serverName)
}

/** As much as is read and dropped of a body that was refused. */
const drainLimit = 1024 * 1024 * 1024

async function refuse(
  options: HttpOptions,
  what: string,
  {
    request,
    response,
    error,
    drains,
  }: { request: IncomingMessage; response: ServerResponse; error: unknown; drains: boolean },
): Promise<void> {
  const refusal = refusalOf(error)
  logRefusal(options.logger, what, refusal, error)
  const text = refusal.body === undefined ? '' : jsonText(refusal.body)
  response.writeHead(refusal.status, refusal.body === undefined ? {} : jsonHeaders(text))
  response.write(text)
  // What is left of the body is read and dropped: a client that still writes would not come to read the answer.
  if (drains && !request.complete) await drain(request)
  response.end()
}

/** How long a client that still sends may take to read the answer. */
const farewellMs = 500

/** After an answer that came before the end of its request's body: the connection is of no more use. */
function hangUp(socket: Socket): void {
  socket.end()
  setTimeout(() => socket.destroy(), farewellMs)
}

/** Reads to the end; a client that never comes to it, or breaks off, is cut off. */
async function drain(request: IncomingMessage): Promise<void> {
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) if ((size += chunk.length) > drainLimit) break
  } catch {
    request.destroy()
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw invalid('api.path', '400 Bad Request', { cause })
  }
}

/** The local socket belongs to whoever runs the daemon: its users act in that name. */
function callerOf(socket: Socket): { name: string } {
  const { remoteAddress } = socket
  return { name: remoteAddress === undefined ? `unix:${process.getuid?.() ?? 0}` : `tcp:${remoteAddress}` }
}
