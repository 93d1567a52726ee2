import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '@essaim/base'
import type { Answer } from './answer.js'
import type { Call } from './call.js'
import { faultFrame, frame, logLine } from './frames.js'
import { streamType } from './media.js'
import { write } from './write.js'

type Of<K extends Answer['kind']> = Extract<Answer, { kind: K }>

/** The head at once: clients wait for it before they go on, and then for the value. */
export async function sendLater(response: ServerResponse, value: Promise<unknown>): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.flushHeaders()
  response.end(JSON.stringify(await value) + '\n')
}

export async function sendLines(call: Call, response: ServerResponse, answer: Of<'lines'>): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.flushHeaders()
  try {
    for await (const line of answer.lines) {
      await write(response, JSON.stringify(line) + answer.end, call.signal)
    }
  } catch (error) {
    if (!answer.failure || call.signal.aborted) throw error
    response.write(JSON.stringify(answer.failure(error)) + answer.end)
  }
  response.end()
}

export async function sendBytes(call: Call, response: ServerResponse, answer: Of<'bytes'>): Promise<void> {
  response.writeHead(200, { 'Content-Type': answer.type, ...answer.headers })
  response.flushHeaders()
  await pipeline(answer.source, response, { signal: call.signal })
}

export async function sendLogs(call: Call, response: ServerResponse, answer: Of<'logs'>): Promise<void> {
  const { tty, entries } = answer.logs
  response.writeHead(200, { 'Content-Type': streamType(call.version, tty) })
  response.flushHeaders()
  try {
    for await (const entry of entries) {
      const data = logLine(entry, answer)
      await write(response, tty ? data : frame({ stream: entry.stream, data }), call.signal)
    }
  } catch (error) {
    if (call.signal.aborted) throw error
    // What was there has been sent; that it is not all is said in its place, as Docker does.
    const text = `Error grabbing logs: ${messageOf(error)}\n`
    response.write(tty ? text : faultFrame(text))
  }
  response.end()
}
