import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { Redis } from 'ioredis'
import { isChoice, votesKey, type Vote } from '../shared/choices.js'
import { serve } from '../shared/web.js'
import { votePage } from './page.js'

const redis = new Redis({ host: process.env['REDIS_HOST'] ?? 'redis', retryStrategy: (n) => Math.min(50 * n, 1000) })
redis.on('error', (error) => console.error(`redis: ${error.message}`))

serve(
  80,
  (request, response) => void answer(request, response),
  async () => void (await redis.quit()),
)

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.url === '/healthz') {
      await redis.ping()
      return send(response, 200, 'text/plain', 'ok\n')
    }
    if (request.url !== '/') return send(response, 404, 'text/plain', 'There is only /\n')
    const voter =
      /(?:^|; )voter=([0-9a-f]{16})/.exec(request.headers.cookie ?? '')?.[1] ?? randomBytes(8).toString('hex')
    response.setHeader('set-cookie', `voter=${voter}; HttpOnly; SameSite=Lax`)
    if (request.method !== 'POST') return send(response, 200, 'text/html', votePage(undefined, hostname()))
    const choice = new URLSearchParams(await body(request)).get('vote')
    if (!isChoice(choice)) return send(response, 400, 'text/plain', `vote is ${String(choice)}, it can be a or b\n`)
    // Answered only when Redis has it: a vote that was confirmed is not lost when this task is stopped.
    await redis.rpush(votesKey, JSON.stringify({ voter, choice } satisfies Vote))
    send(response, 200, 'text/html', votePage(choice, hostname()))
  } catch (error) {
    console.error(error)
    send(response, 503, 'text/plain', 'The votes cannot be stored right now, try again\n')
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** At most 1 KiB: a vote is one word. */
async function body(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > 1024) return ''
  }
  return text
}
