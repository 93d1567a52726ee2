import type { StreamSession } from '@essaim/api-types'
import type { ServerResponse } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Answer } from './answer.js'
import type { Call } from './call.js'
import { frame } from './frames.js'
import { rawType, streamType } from './media.js'
import { write } from './write.js'

/** How long a client may take to close its side after the conversation has ended. */
const lingerMs = 2_000

type SessionAnswer = Extract<Answer, { kind: 'session' }>

/** Gives the connection over to a conversation: 101 for a client that asked to upgrade, a plain 200 for others. */
export async function sendSession(call: Call, response: ServerResponse, answer: SessionAnswer): Promise<void> {
  if (call.upgrade) return upgraded(call, response, call.upgrade, answer)
  // Raw until the connection closes: neither length nor chunks.
  response.useChunkedEncodingByDefault = false
  response.shouldKeepAlive = false
  response.writeHead(200, { 'Content-Type': rawType })
  response.flushHeaders()
  const session = await answer.open()
  feed(call.body, session.stdin)
  await pump(call, session, response)
  response.end()
}

async function upgraded(call: Call, response: ServerResponse, socket: Duplex, answer: SessionAnswer): Promise<void> {
  const head = headOf(response, 'UPGRADED', {
    'Content-Type': streamType(call.version, answer.tty),
    Connection: 'Upgrade',
    Upgrade: 'tcp',
  })
  // The head leaves alone: some clients lose stream bytes that come in the same read.
  await new Promise<void>((resolve, reject) => socket.write(head, (error) => (error ? reject(error) : resolve())))
  const session = await answer.open()
  feed(socket, session.stdin)
  await pump(call, session, socket)
  await linger(socket)
}

/** The text of a 101 head with the headers that every answer has. */
export function headOf(response: ServerResponse, reason: string, headers: Record<string, string>): string {
  const common = Object.entries(response.getHeaders()).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 101 ${reason}\r\n${own.join('')}${common.join('')}\r\n`
}

/** What the client sends goes to the process; the client's end of input is the process's. */
function feed(from: Readable, stdin: Writable | undefined): void {
  if (!stdin) {
    from.resume()
    return
  }
  // The process may close its input long before the client ends: the rest is read and dropped.
  stdin.on('error', () => {
    from.unpipe(stdin)
    from.resume()
  })
  from.pipe(stdin)
}

async function pump(call: Call, session: StreamSession, to: Writable): Promise<void> {
  for await (const chunk of session.output) {
    await write(to, session.tty ? chunk.data : frame(chunk), call.signal)
  }
}

/** Closing with unread input would show to the client as a reset connection: its rest is read first, for a while. */
function linger(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.end()
    socket.unpipe()
    socket.resume()
    if (socket.readableEnded) socket.destroy()
    else socket.once('end', () => socket.destroy())
  })
}
