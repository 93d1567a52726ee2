import type { LogEntry, StreamChunk } from '@essaim/api-types'

const numbers = { stdout: 1, stderr: 2 } as const

/** Docker's frame: the stream's number, three zero bytes, the length in four bytes, the data. */
export function frame({ stream, data }: StreamChunk): Buffer {
  const out = Buffer.allocUnsafe(8 + data.length)
  out.writeUInt32BE(numbers[stream] << 24, 0)
  out.writeUInt32BE(data.length, 4)
  data.copy(out, 8)
  return out
}

/** What ended a stream before its end, as clients take it for an error: Docker's frame of the third kind. */
export function faultFrame(text: string): Buffer {
  const out = frame({ stream: 'stdout', data: Buffer.from(text) })
  out.writeUInt8(3, 0)
  return out
}

/** A line of a log as clients read it: time, then details, then the text, each followed by a blank. */
export function logLine(entry: LogEntry, show: { timestamps: boolean; details: boolean }): Buffer {
  let head = ''
  if (show.timestamps) head += `${entry.time} `
  if (show.details) head += `${detailsOf(entry.attributes ?? {})} `
  return head === '' ? entry.data : Buffer.concat([Buffer.from(head), entry.data])
}

/** `a=b,c=d`, sorted by name and escaped as in a query. */
function detailsOf(attributes: Record<string, string>): string {
  const pairs = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([name, value]) => `${escape(name)}=${escape(value)}`).join(',')
}

const escape = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')
