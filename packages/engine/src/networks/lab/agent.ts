import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { connect, createServer, isIPv6, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * A process inside a network namespace of the lab. It serves and asks as it is told, a line of JSON each way. Its
 * servers answer with its own name and the address that they see.
 */
export type Command =
  | { do: 'serve'; port: number; name: string; host?: string }
  | { do: 'tcp'; host: string; port: number; count?: number }
  | { do: 'udp'; host: string; port: number }
  | { do: 'hold'; host: string; port: number }
  | { do: 'use' }
  /** From one port that is kept from call to call. */
  | { do: 'flow'; host: string; port: number }
  | { do: 'resolve'; name: string; type: 'A' | 'AAAA' | 'PTR' }

let held: Socket | undefined
let flow: UdpSocket | undefined

function ask(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (data) => resolve(String(data)))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.setTimeout(2000, () => reject(new Error('timeout')))
    socket.write('?')
  })
}

async function once(host: string, port: number): Promise<string> {
  const socket = connect({ host, port })
  try {
    return await ask(socket)
  } finally {
    socket.destroy()
  }
}

const udpSocket = (host: string): UdpSocket =>
  createSocket(isIPv6(host) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })

async function overUdp(socket: UdpSocket, host: string, port: number): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    socket.once('message', (data) => resolve(String(data)))
    socket.once('error', reject)
    setTimeout(() => reject(new Error('timeout')), 2000).unref()
    socket.send('?', port, host)
  })
}

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'serve': {
      const { port, name, host = '0.0.0.0' } = command
      const tcp = createServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.on('data', () => socket.write(`${name} ${socket.remoteAddress ?? ''}`))
      })
      const udp = udpSocket(host)
      udp.on('message', (_, from) => udp.send(`${name} ${from.address}`, from.port, from.address))
      await Promise.all([
        new Promise<void>((resolve) => tcp.listen({ port, host, ipv6Only: true }, () => resolve())),
        new Promise<void>((resolve) => udp.bind(port, host, () => resolve())),
      ])
      return 'serving'
    }
    case 'tcp': {
      const answers: string[] = []
      for (let left = command.count ?? 1; left > 0; left--) answers.push(await once(command.host, command.port))
      return command.count === undefined ? answers[0] : answers
    }
    case 'udp': {
      const socket = udpSocket(command.host)
      return overUdp(socket, command.host, command.port).finally(() => socket.close())
    }
    case 'flow':
      flow ??= createSocket('udp4')
      return overUdp(flow, command.host, command.port)
    case 'hold':
      held = connect({ host: command.host, port: command.port })
      return ask(held)
    case 'use':
      if (!held) throw new Error('nothing is held')
      return ask(held)
    case 'resolve': {
      const resolver = new Resolver({ timeout: 1000, tries: 1 })
      resolver.setServers(['127.0.0.11'])
      if (command.type === 'PTR') return resolver.reverse(command.name)
      return (await resolver.resolve(command.name, command.type)) as string[]
    }
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, command } = JSON.parse(line) as { id: number; command: Command }
  run(command).then(
    (result) => process.stdout.write(`${JSON.stringify({ id, result })}\n`),
    (error: NodeJS.ErrnoException) => {
      process.stdout.write(`${JSON.stringify({ id, error: error.code ?? error.message })}\n`)
    },
  )
})
