import assert from 'node:assert/strict'
import { request, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Specification } from './spec.js'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** The value of a JSON answer, `any` JSON: tests look into it by `at`. */
  json: unknown
}

export interface Options {
  query?: Record<string, string>
  body?: unknown
  /** Sent as it is, with no content type of JSON. */
  raw?: Buffer | string
  headers?: Record<string, string>
}

/** Calls over plain HTTP in the newest version, each held against the specification where that is at hand. */
export class Api {
  constructor(
    readonly socket: string,
    private readonly specification: Specification | undefined,
    private readonly version = '1.51',
  ) {}

  /** Whatever the answer, it must be one that the specification allows. */
  async call(method: string, path: string, options: Options = {}): Promise<Answer> {
    const answer = await this.#send(method, path, options)
    const problems = this.specification?.check(method, path, answer.status, answer.json) ?? []
    const what = `${method} ${path} ${answer.status} ${answer.body.toString().slice(0, 2000)}`
    assert.deepEqual(problems, [], what)
    return answer
  }

  /** A call that must succeed; answers its value. */
  async ok(method: string, path: string, options: Options = {}): Promise<unknown> {
    const answer = await this.call(method, path, options)
    assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${answer.body.toString()}`)
    return answer.json
  }

  /** A call that must be refused so. */
  async refused(
    status: number,
    message: string | RegExp,
    method: string,
    path: string,
    options: Options = {},
  ): Promise<void> {
    const answer = await this.call(method, path, options)
    const what = `${method} ${path}: ${answer.status} ${answer.body.toString()}`
    assert.equal(answer.status, status, what)
    const found = String(at(answer.json, 'message'))
    if (typeof message === 'string') assert.equal(found, message, what)
    else assert.match(found, message, what)
  }

  #send(method: string, path: string, options: Options): Promise<Answer> {
    const query = options.query ? `?${new URLSearchParams(options.query).toString()}` : ''
    const data = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const type = options.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const length = data === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(data)) }
    return new Promise((resolve, reject) => {
      const out = request({
        socketPath: this.socket,
        agent: false,
        method,
        path: `/v${this.version}${encodeURI(path)}${query}`,
        headers: { ...type, ...length, ...options.headers },
      })
      out.on('error', reject)
      out.on('response', (response) => {
        buffer(response).then((body) => {
          const { headers, statusCode = 0 } = response
          resolve({ status: statusCode, headers, body, json: jsonOf(headers, body) })
        }, reject)
      })
      out.end(data)
    })
  }
}

/** The value of an answer that is one JSON value; a stream of them is not. */
function jsonOf(headers: IncomingHttpHeaders, body: Buffer): unknown {
  if (!headers['content-type']?.startsWith('application/json') || body.length === 0) return undefined
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

/** What stands at `path` in a JSON value: `at(container, 'State', 'Running')`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found: unknown = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string | number, unknown>)[key]
  }
  return found
}

/** The objects of a stream of JSON lines. */
export function linesOf(body: Buffer): unknown[] {
  return body
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown)
}

/** What a process wrote, out of Docker's frames. */
export function unframed(body: Buffer): string {
  let text = ''
  for (let start = 0; start + 8 <= body.length;) {
    const length = body.readUInt32BE(start + 4)
    text += body.subarray(start + 8, start + 8 + length).toString()
    start += 8 + length
  }
  return text
}
