import { silentLogger } from '@essaim/base'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { createApiServer, type ApiServer } from '../api-server.js'
import type { Backends } from '../backends.js'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json: unknown
}

export interface CallOptions {
  /** Text as it is, or a value to be sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
}

export interface TestServer {
  server: ApiServer
  path: string
  call: (method: string, path: string, options?: CallOptions) => Promise<Reply>
  /** Writes `bytes` on a connection of its own and gives it over. */
  raw: (bytes: string) => Socket
}

/** The parts of the backends that a test's calls reach. Others are not there: reaching one fails the call with 500. */
export type Parts = { [Noun in keyof Backends]?: Partial<Backends[Noun]> }

/** A server on a Unix socket in a directory of its own, closed and removed after the test. */
export async function startServer(test: TestContext, parts: Parts): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'essaim-server-'))
  const path = join(directory, 'api.sock')
  const server = createApiServer(parts as Backends, {
    logger: silentLogger,
    version: '1.2.3',
    swarmState: () => 'active/manager',
  })
  await server.listen(`unix://${path}`)
  test.after(async () => {
    await server.close()
    await rm(directory, { recursive: true })
  })
  return {
    server,
    path,
    call: (method, target, options = {}) => callOnce({ socketPath: path, method, path: target }, options),
    raw(bytes) {
      const socket = connect({ path, allowHalfOpen: true })
      socket.write(bytes)
      return socket
    },
  }
}

function callOnce(target: RequestOptions, options: CallOptions): Promise<Reply> {
  const { body } = options
  const data = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { ...(data !== undefined && { 'Content-Type': 'application/json' }), ...options.headers }
  return new Promise((resolve, reject) => {
    let answered = false
    const request = httpRequest({ ...target, headers, agent: false }, (response) => {
      answered = true
      text(response).then((content) => {
        const isJson = response.headers['content-type'] === 'application/json' && !content.includes('\n{')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: content,
          json: isJson && content !== '' ? JSON.parse(content) : undefined,
        })
      }, reject)
    })
    // The server may hang up on what is still being sent once it has answered.
    request.on('error', (error) => answered || reject(error))
    request.end(data)
  })
}

/** Everything that comes on `socket` until it ends, each read on its own. */
export async function readAll(socket: Socket): Promise<Buffer[]> {
  const reads: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) reads.push(chunk)
  return reads
}
