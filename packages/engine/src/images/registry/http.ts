import { internal, EssaimError } from '@essaim/base'
import http from 'node:http'
import https from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Readable } from 'node:stream'
import type { RegistryCertificates } from './certificates.js'
import { describeNetworkError } from './network-error.js'

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers?: Record<string, string>
  body?: Buffer | Readable
  signal: AbortSignal
}

export type HttpAnswer = http.IncomingMessage

/** Longest silence of a server, in milliseconds. */
const silence = 60_000
const longestRedirect = 10

/** One registry's connections; closed by its owner. */
export class HttpClient {
  readonly #plain = new http.Agent({ keepAlive: true })
  readonly #secure: https.Agent

  constructor(certificates: RegistryCertificates, verify: boolean) {
    // Read once, not for each connection.
    const secureContext = createSecureContext(certificates)
    this.#secure = new https.Agent({ keepAlive: true, rejectUnauthorized: verify, secureContext })
  }

  /** Follows redirects of GET and HEAD; credentials do not follow to another host. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    let { url, headers = {} } = request
    for (let hops = 0; hops < longestRedirect; hops++) {
      const answer = await this.#once({ ...request, url, headers })
      const location = answer.headers.location
      const redirected = [301, 302, 303, 307, 308].includes(answer.statusCode ?? 0)
      if (!redirected || location === undefined || !['GET', 'HEAD'].includes(request.method)) return answer
      answer.resume()
      const next = new URL(location, url)
      if (next.host !== new URL(url).host) {
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'))
      }
      url = next.href
    }
    throw internal('registry.redirect', `${methodWord(request)} ${JSON.stringify(request.url)}: too many redirects`)
  }

  close(): void {
    this.#plain.destroy()
    this.#secure.destroy()
  }

  async #once(request: HttpRequest): Promise<HttpAnswer> {
    const { method, url, headers, body, signal } = request
    const secure = url.startsWith('https:')
    const options = {
      method,
      headers: { 'User-Agent': 'essaim', ...headers },
      signal,
      timeout: silence,
      agent: secure ? this.#secure : this.#plain,
      // Node gives each of several addresses a quarter of a second, which is short across the world.
      autoSelectFamilyAttemptTimeout: 2000,
    }
    try {
      return await new Promise<HttpAnswer>((resolve, reject) => {
        const call = (secure ? https : http).request(url, options, resolve)
        call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
        call.on('error', reject)
        if (body === undefined || Buffer.isBuffer(body)) return call.end(body)
        body.on('error', (error) => call.destroy(error))
        body.pipe(call)
      })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof EssaimError) throw error
      throw new NetworkError(
        `${methodWord(request)} ${JSON.stringify(url)}: ${await describeNetworkError(error)}`,
        error,
      )
    }
  }
}

/** The registry could not be asked, or the connection broke: another try may do better. */
export class NetworkError extends EssaimError {
  constructor(message: string, cause: unknown) {
    super('internal', 'registry.unreachable', message, { cause })
  }
}

/** The body of an answer that is known to be small. */
export async function readBody(answer: HttpAnswer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) {
      answer.destroy()
      throw internal('registry.too-large', `the registry's answer is larger than ${limit} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Go's spelling: `Get "https://..."`. */
const methodWord = ({ method }: HttpRequest): string => method.charAt(0) + method.slice(1).toLowerCase()
