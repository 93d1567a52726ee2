import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { internal } from '@essaim/base'

type Child = ChildProcessByStdio<Writable, Readable, null>

export interface Dialect {
  /** Program and arguments; reads commands from standard input. */
  command: [string, ...string[]]
  /** The line that makes the program print something recognisable once all before it is done. */
  marker(serial: number): string
  /** After so many requests another process takes over; for none, as many as its memory allows. */
  lifetime?: number
  /** Where the answer to the marker begins and ends in `output`, or undefined while it is not all there. */
  find(output: string, serial: number): { start: number; end: number } | undefined
}

interface Request {
  serial: number
  lines: string
  attempts: number
  resolve(output: string): void
  reject(error: unknown): void
}

/** How often a request is sent again after the program died over it: a line that kills it must not do so for ever. */
const attempts = 2

/** Both programs keep something of each line (history, caches of links): after so many requests a new one takes over. */
const lifetime = 1000

/**
 * A long-lived helper program that is fed batches of lines: a process start per kernel change would cost ten times the
 * change. Requests are answered in order. When the program dies, a new one gets what was not acknowledged.
 */
export class Coprocess {
  #child: Child | undefined
  #output = ''
  #served = 0
  #serial = 0
  #waiting: Request[] = []
  #closed = false

  constructor(private readonly dialect: Dialect) {}

  /** Resolves with what the program printed about these lines, usually nothing. */
  run(lines: string): Promise<string> {
    if (this.#closed) return Promise.reject(internal('network.closed', 'the network layer is closed'))
    return new Promise((resolve, reject) => {
      const request: Request = { serial: ++this.#serial, lines, attempts: 0, resolve, reject }
      this.#waiting.push(request)
      this.#send(request)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (!child) return
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.stdin.end()
    await gone
  }

  #send(request: Request): void {
    request.attempts++
    const child = (this.#child ??= this.#start())
    child.stdin.write(`${request.lines}\n${this.dialect.marker(request.serial)}\n`)
  }

  #start(): Child {
    // One pipe for both outputs keeps errors in order with the answers; the shell's text is fixed.
    const child: Child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...this.dialect.command], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#output = ''
    this.#served = 0
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      if (this.#child === child) this.#read(text)
    })
    // A write to a program that is gone fails here; its 'close' event deals with it.
    child.stdin.on('error', () => {})
    child.once('error', (error) => this.#ended(child, error))
    child.once('close', (code, signal) => {
      this.#ended(child, internal('network.helper', `${this.dialect.command[0]} ended (${signal ?? code})`))
    })
    return child
  }

  #read(text: string): void {
    this.#output += text
    for (;;) {
      const first = this.#waiting[0]
      const found = first && this.dialect.find(this.#output, first.serial)
      if (!first || !found) return
      const answer = this.#output.slice(0, found.start)
      this.#output = this.#output.slice(found.end)
      this.#waiting.shift()
      this.#served++
      first.resolve(answer)
      if (this.#waiting.length === 0 && this.#served >= (this.dialect.lifetime ?? lifetime)) this.#retire()
    }
  }

  /** Nothing is asked of it: it ends by itself, and the next request starts another. */
  #retire(): void {
    this.#child?.stdin.end()
    this.#child = undefined
  }

  #ended(child: Child, reason: Error): void {
    if (this.#child !== child) return
    this.#child = undefined
    const said = this.#output.trim()
    const unanswered = this.#waiting
    this.#waiting = []
    unanswered.forEach((request, index) => {
      // Only the first can have killed it; the others were not looked at.
      if (index > 0) request.attempts--
      if (this.#closed || request.attempts >= attempts) {
        request.reject(internal('network.helper', said || reason.message, { cause: reason }))
      } else {
        this.#waiting.push(request)
      }
    })
    for (const request of this.#waiting) this.#send(request)
  }
}
