import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'

/**
 * Server and client of the tests of packets. It stands alone, so that it runs in any container: `serve` answers on port 80,
 * TCP and UDP, with its host's name and the address that it sees; `ask` does what lines of JSON on its input say.
 */
export type Command =
  | { do: 'tcp' | 'udp'; host: string; port: number; count: number }
  | { do: 'resolve'; name: string }
  /** Connections at an even rate, one after the other to each host, until `stop`. */
  | { do: 'load'; hosts: string[]; port: number; perSecond: number }
  | { do: 'stop' }

export interface Failure {
  host: string
  error: string
  began: number
}

export interface Load {
  done: number
  /** `began`: epoch milliseconds. */
  failed: Failure[]
}

/** How long the server works on such a request: some are always under way. */
const slow = 'slow'
const workMs = 20

/** Questions under way at a time. */
const atOnce = 10

/** After so long without an answer a request has failed. */
const patience = 6000

function serve(): void {
  const name = hostname()
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (asked) => {
      setTimeout(() => socket.end(`${name} ${socket.remoteAddress ?? ''}`), String(asked) === slow ? workMs : 0)
    })
  })
  const udp = createSocket('udp4', (_, from) => udp.send(`${name} ${from.address}`, from.port, from.address))
  // For the health check.
  udp.bind(80, '0.0.0.0', () => tcp.listen(80, '0.0.0.0', () => writeFileSync('/tmp/serving', '')))
  // As a server should: what is under way is finished, and what the kernel has accepted for it; nothing new is taken.
  process.once('SIGTERM', () => setTimeout(() => tcp.close(() => process.exit(0)), 50))
}

function overTcp(host: string, port: number, text = '?'): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect({ host, port })
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), patience)
    socket.on('connect', () => socket.write(text))
    socket.on('data', (data) => (said += String(data)))
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      if (said === '') reject(new Error('closed without an answer'))
      else resolve(said)
    })
  })
}

function overUdp(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4')
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), patience)
    socket.once('error', reject)
    socket.once('message', (data) => {
      clearTimeout(timer)
      resolve(String(data))
    })
    socket.send('?', port, host)
  }).finally(() => socket.close())
}

let stopLoad: (() => Promise<Load>) | undefined

function startLoad({ hosts, port, perSecond }: Extract<Command, { do: 'load' }>): void {
  const load: Load = { done: 0, failed: [] }
  const open = new Set<Promise<void>>()
  const begun = Date.now()
  let sent = 0
  const send = (host: string): void => {
    const began = Date.now()
    const work = overTcp(host, port, slow).then(
      () => void load.done++,
      (error: NodeJS.ErrnoException) => {
        load.failed.push({ host, error: error.code ?? error.message, began })
      },
    )
    open.add(work)
    void work.then(() => open.delete(work))
  }
  const timer = setInterval(() => {
    for (const due = ((Date.now() - begun) * perSecond) / 1000; sent < due; sent++)
      send(hosts[sent % hosts.length] ?? '')
  }, 5)
  stopLoad = async () => {
    clearInterval(timer)
    await Promise.all(open)
    return load
  }
}

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'tcp':
    case 'udp': {
      const { host, port, count } = command
      const ask = command.do === 'tcp' ? overTcp : overUdp
      const answers: string[] = []
      while (answers.length < count) {
        const next = Array.from({ length: Math.min(atOnce, count - answers.length) }, () => ask(host, port))
        answers.push(...(await Promise.all(next)))
      }
      return answers
    }
    case 'resolve': {
      const resolver = new Resolver({ timeout: 1000, tries: 3 })
      resolver.setServers(['127.0.0.11'])
      return resolver.resolve4(command.name)
    }
    case 'load':
      return startLoad(command)
    case 'stop':
      return stopLoad?.()
  }
}

if (process.argv[2] === 'serve') serve()
else {
  createInterface({ input: process.stdin }).on('line', (line) => {
    run(JSON.parse(line) as Command).then(
      (result) => process.stdout.write(`${JSON.stringify({ result: result ?? null })}\n`),
      (error: NodeJS.ErrnoException) =>
        process.stdout.write(`${JSON.stringify({ error: error.code ?? error.message })}\n`),
    )
  })
}
