import type { ServerResponse } from 'node:http'
import type { Answer, Headers } from './answer.js'
import type { Call } from './call.js'
import { sendSession } from './session.js'
import { sendBytes, sendLater, sendLines, sendLogs } from './streams.js'
import { sendTunnel } from './tunnel.js'
import { sendWebSocket } from './websocket.js'

/** Writes an answer. Rejects when it could not be brought to its end: the connection is then of no more use. */
export async function send(call: Call, response: ServerResponse, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'json':
      return sendJson(response, answer.status, answer.value, answer.headers)
    case 'text':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': Buffer.byteLength(answer.text) })
      response.end(call.method === 'HEAD' ? undefined : answer.text)
      return
    case 'empty':
      response.writeHead(answer.status, { ...(answer.status !== 204 && { 'Content-Length': 0 }), ...answer.headers })
      response.end()
      return
    case 'later':
      return sendLater(response, answer.value)
    case 'lines':
      return sendLines(call, response, answer)
    case 'bytes':
      return sendBytes(call, response, answer)
    case 'logs':
      return sendLogs(call, response, answer)
    case 'session':
      return sendSession(call, response, answer)
    case 'tunnel':
      return sendTunnel(call, response, answer)
    case 'websocket':
      return sendWebSocket(call, response, answer.session)
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: Headers = {}): void {
  const text = jsonText(value)
  response.writeHead(status, { ...jsonHeaders(text), ...headers })
  response.end(text)
}

export const jsonText = (value: unknown): string => JSON.stringify(value ?? null) + '\n'

export function jsonHeaders(text: string): Headers {
  return { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }
}
