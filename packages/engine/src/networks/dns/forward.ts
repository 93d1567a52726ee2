import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { randomInt } from 'node:crypto'

/** How long one upstream server may take. Clients wait 5 s by default (resolv.conf, `timeout`). */
const patience = 2000

/** Asks the servers in order, by the protocol that the client used; undefined when none answers. */
export async function forward(packet: Buffer, servers: string[], protocol: 'udp' | 'tcp'): Promise<Buffer | undefined> {
  for (const server of servers) {
    try {
      return await (protocol === 'udp' ? overUdp(packet, server) : overTcp(packet, server))
    } catch {
      // No answer is no error of ours: the next server is asked, and at the end the client hears SERVFAIL.
    }
  }
  return undefined
}

function overUdp(packet: Buffer, server: string): Promise<Buffer> {
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4')
  // An id and a port of our own, so that answers cannot be guessed from what the container sees.
  const id = randomInt(65536)
  const asked = Buffer.from(packet)
  asked.writeUInt16BE(id, 0)
  return new Promise<Buffer>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), patience)
    const settle = (work: () => void): void => {
      clearTimeout(timer)
      work()
    }
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('message', (answer) => {
      if (answer.length < 12 || answer.readUInt16BE(0) !== id) return
      answer.writeUInt16BE(packet.readUInt16BE(0), 0)
      settle(() => resolve(answer))
    })
    // Connected: the kernel then drops what others send and reports a refused port at once.
    socket.once('connect', () => socket.send(asked))
    socket.connect(53, server)
  }).finally(() => socket.close())
}

function overTcp(packet: Buffer, server: string): Promise<Buffer> {
  const socket = connect({ host: server, port: 53, timeout: patience })
  return new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('timeout', () => reject(new Error('no answer')))
    socket.on('close', () => reject(new Error('closed')))
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      const answer = unframe(received)
      if (answer) resolve(answer.message)
    })
    socket.write(frame(packet))
  }).finally(() => socket.destroy())
}

/** Over TCP each message has its length before it. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

export function unframe(buffer: Buffer): { message: Buffer; rest: Buffer } | undefined {
  if (buffer.length < 2) return undefined
  const end = 2 + buffer.readUInt16BE(0)
  return buffer.length < end ? undefined : { message: buffer.subarray(2, end), rest: buffer.subarray(end) }
}
