import type { LogStream, StreamSession } from '@essaim/api-types'
import type { Duplex, Readable } from 'node:stream'

export type Headers = Record<string, string>

/** What a handler answers. Handlers know nothing of sockets: `send.ts` writes these. */
export type Answer =
  | { kind: 'json'; status: number; value: unknown; headers?: Headers }
  | { kind: 'text'; status: number; text: string; headers: Headers }
  | { kind: 'empty'; status: number; headers?: Headers }
  /** The head is sent at once, the value when it is there. */
  | { kind: 'later'; value: Promise<unknown> }
  /** One JSON object a line, each flushed. What breaks off in the middle is said by `failure`, or cuts the connection. */
  | { kind: 'lines'; lines: AsyncIterable<unknown>; end: '\n' | '\r\n'; failure?: (error: unknown) => unknown }
  | { kind: 'bytes'; type: string; source: Readable; headers?: Headers }
  | { kind: 'logs'; logs: LogStream; timestamps: boolean; details: boolean }
  /** The connection becomes the conversation, which is opened once the head is out. */
  | { kind: 'session'; tty: boolean; open: () => Promise<StreamSession> }
  | { kind: 'websocket'; session: StreamSession }
  /** The connection becomes the other one, byte by byte, once the head of this protocol is out. */
  | { kind: 'tunnel'; protocol: string; to: Duplex }

export const json = (value: unknown, status = 200): Answer => ({ kind: 'json', status, value })
export const created = (value: unknown): Answer => json(value, 201)
export const empty = (status: 200 | 201 | 204 = 204): Answer => ({ kind: 'empty', status })
export const later = (value: Promise<unknown>): Answer => ({ kind: 'later', value })
export const tar = (source: Readable, headers?: Headers): Answer => ({
  kind: 'bytes',
  type: 'application/x-tar',
  source,
  ...(headers && { headers }),
})

/** Progress of a pull, push, load or import: an error after the head is in the stream, as `errorDetail`. */
export function progress(lines: AsyncIterable<unknown>): Answer {
  return {
    kind: 'lines',
    lines,
    end: '\r\n',
    failure: (error) => {
      const message = error instanceof Error ? error.message : String(error)
      return { errorDetail: { message }, error: message }
    },
  }
}
