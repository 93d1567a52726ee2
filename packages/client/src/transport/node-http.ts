import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { Readable } from 'node:stream'
import { unreachable } from './unreachable.js'
import type { Transport, WireAnswer, WireRequest, WireSession } from './transport.js'

/** HTTP/1.1 over whatever `connection` names: a socket's path, or a host and a port. */
export function nodeHttp(address: string, connection: RequestOptions): Transport {
  const open = (wire: WireRequest, extra: Record<string, string>): ClientRequest =>
    request({
      ...connection,
      method: wire.method,
      path: wire.path,
      headers: { host: 'docker', ...lengthOf(wire.body), ...wire.headers, ...extra },
      ...(wire.signal && { signal: wire.signal }),
      agent: false,
    })

  return {
    address,
    send: (wire) =>
      new Promise((resolve, reject) => {
        const call = open(wire, { connection: 'close' })
        let answered = false
        // A refusal may come while a long body is still being sent: the answer counts, not the broken pipe after it.
        call.on('error', (error) => answered || reject(unreachable(address, error)))
        call.on('response', (message) => {
          answered = true
          resolve(answerOf(message))
        })
        writeBody(call, wire.body, reject)
      }),
    upgrade: (wire) =>
      new Promise((resolve, reject) => {
        const call = open(wire, { connection: 'Upgrade', upgrade: 'tcp' })
        call.on('error', (error) => reject(unreachable(address, error)))
        call.on('response', (message) => {
          // Engines of before API 1.20 answer 200 and turn the same connection into the stream.
          const agreed = message.statusCode === 200 && call.socket
          resolve(agreed ? sessionOf(message, message, agreed) : answerOf(message))
        })
        call.on('upgrade', (message, socket, head) => {
          if (head.length > 0) socket.unshift(head)
          resolve(sessionOf(message, socket, socket))
        })
        writeBody(call, wire.body, reject)
      }),
  }
}

function lengthOf(body: WireRequest['body']): Record<string, string> {
  if (typeof body === 'string') return { 'content-length': String(Buffer.byteLength(body)) }
  return body instanceof Uint8Array ? { 'content-length': String(body.length) } : {}
}

function writeBody(call: ClientRequest, body: WireRequest['body'], fail: (error: unknown) => void): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    call.end(body)
    return
  }
  const source = Readable.from(body)
  source.on('error', (error) => {
    call.destroy()
    fail(error)
  })
  source.pipe(call)
}

const answerOf = (message: IncomingMessage): WireAnswer => ({
  status: message.statusCode ?? 0,
  headers: headersOf(message),
  body: message,
})

function sessionOf(message: IncomingMessage, output: Readable, input: Duplex): WireSession {
  // The reader sees a broken connection as the end of the output; without a listener it would end the process.
  input.on('error', () => {})
  return { headers: headersOf(message), output, input, close: () => void input.destroy() }
}

function headersOf(message: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
