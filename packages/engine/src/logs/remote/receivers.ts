import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext } from 'node:test'

/** For tests: receivers that tell what reached them. */
export interface Receiver {
  port: number
  /** Everything that came, in its order: a datagram, or what one read gave, each. */
  received: Buffer[]
  text(): string
}

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'essaim-sink-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface StreamReceiver extends Receiver {
  /** Cuts the connections that there are; new ones are taken. */
  cut(): void
}

/** Listens on a port of its own, or on `path`; `answer` says what to send back. */
export async function streamReceiver(
  t: TestContext,
  options: { path?: string; port?: number; answer?: (data: Buffer) => Buffer | undefined } = {},
): Promise<StreamReceiver> {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => {
      received.push(data)
      const answer = options.answer?.(data)
      if (answer) socket.write(answer)
    })
  })
  server.listen(options.path ?? { port: options.port ?? 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    cut()
    server.close()
  })
  const port = options.path === undefined ? (server.address() as AddressInfo).port : 0
  return { port, received, cut, text: () => Buffer.concat(received).toString() }
}

export async function udpReceiver(t: TestContext): Promise<Receiver> {
  const received: Buffer[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message) => received.push(message))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { port: socket.address().port, received, text: () => Buffer.concat(received).toString() }
}

const datagramProgram = `
use Socket; $| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0); bind($s, sockaddr_un($ARGV[0])) or die;
print "ready\\n"; while (1) { recv($s, my $m, 262144, 0); print unpack("H*", $m), "\\n" }
`

/** Listens for datagrams at `path`, which Node cannot. */
export async function datagramReceiver(t: TestContext, path: string): Promise<Receiver> {
  const child = spawn('perl', ['-e', datagramProgram, '--', path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let all = ''
  const received: Buffer[] = []
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      all += data.toString()
      const lines = all.split('\n').slice(0, -1)
      if (lines[0] === 'ready') resolve()
      received.splice(0, received.length, ...lines.slice(1).map((line) => Buffer.from(line, 'hex')))
    })
  })
  return { port: 0, received, text: () => Buffer.concat(received).toString() }
}

/** Debian's rsyslogd with inputs on a port and a socket of its own; tells each message's parts, a line each. */
export async function rsyslog(t: TestContext, port: number): Promise<{ socket: string; lines(): string[] }> {
  const dir = folder(t)
  const [out, socket, config] = [join(dir, 'out'), join(dir, 'log'), join(dir, 'rsyslog.conf')]
  writeFileSync(
    config,
    `global(workDirectory="${dir}")
module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off")
input(type="imudp" address="127.0.0.1" port="${port}")
input(type="imtcp" address="127.0.0.1" port="${port}")
input(type="imuxsock" Socket="${socket}")
template(name="parts" type="string" string="%syslogfacility-text%.%syslogseverity-text% %programname% %procid% %msg%\\n")
action(type="omfile" file="${out}" template="parts")
`,
  )
  const child = spawn('rsyslogd', ['-n', '-f', config, '-i', join(dir, 'pid')], { stdio: 'ignore' })
  t.after(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const lines = (): string[] => {
    try {
      return readFileSync(out, 'utf8').trimEnd().split('\n')
    } catch {
      return []
    }
  }
  return { socket, lines }
}

/** Waits for what a check says, for at most 15 seconds. */
export async function eventually(check: () => void): Promise<void> {
  for (const end = Date.now() + 15_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    try {
      return check()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
