import { invalid } from '@essaim/base'
import type { Readable } from 'node:stream'

const codes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
export type FrameType = keyof typeof codes

export interface WebSocketMessage {
  type: FrameType
  data: Buffer
}

/** Input comes by the keystroke or the line: a larger message is an attack or a mistake. */
const messageLimit = 1024 * 1024

/** One unmasked frame, as servers send them (RFC 6455, section 5.2). */
export function webSocketFrame(type: FrameType, data: Buffer): Buffer {
  const first = 0x80 | codes[type]
  if (data.length < 126) return Buffer.concat([Buffer.from([first, data.length]), data])
  const head = Buffer.alloc(data.length < 65_536 ? 4 : 10)
  head[0] = first
  if (head.length === 4) {
    head[1] = 126
    head.writeUInt16BE(data.length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(data.length), 2)
  }
  return Buffer.concat([head, data])
}

/** The client's frames, unmasked. A fragment of a message is yielded as it comes, as binary: input is a stream anyhow. */
export async function* readMessages(from: Readable): AsyncGenerator<WebSocketMessage> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let frame = parse(rest); frame; frame = parse(rest)) {
      rest = rest.subarray(frame.size)
      yield frame.message
    }
  }
}

function parse(bytes: Buffer): { message: WebSocketMessage; size: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0
  const start = 2 + extended + 4
  if (bytes.length < start) return undefined
  if ((bytes.readUInt8(1) & 0x80) === 0) throw invalid('websocket.frame', 'a client must mask its frames')
  const length = extended === 2 ? bytes.readUInt16BE(2) : extended === 8 ? Number(bytes.readBigUInt64BE(2)) : short
  if (length > messageLimit) throw invalid('websocket.frame', `a message of ${length} bytes is too large`)
  if (bytes.length < start + length) return undefined
  const mask = bytes.subarray(start - 4, start)
  const data = Buffer.from(bytes.subarray(start, start + length))
  for (let index = 0; index < data.length; index++) data[index] = (data[index] ?? 0) ^ (mask[index % 4] ?? 0)
  const code = bytes.readUInt8(0) & 0x0f
  const type = (Object.keys(codes) as FrameType[]).find((name) => codes[name] === code)
  if (!type) throw invalid('websocket.frame', `unknown opcode ${code}`)
  return { message: { type: type === 'continuation' ? 'binary' : type, data }, size: start + length }
}
