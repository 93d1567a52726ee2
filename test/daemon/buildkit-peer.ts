import { loadPackageDefinition, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { connect, createServer, type ClientHttp2Session } from 'node:http2'
import { request } from 'node:http'
import { Duplex } from 'node:stream'

const bytes = (value: Buffer): Buffer => value

/** A message with one field of bytes or text, such as BuildKit's BytesMessage. Short ones alone: the length is one byte. */
export const field = (number: number, value: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(value)]), Buffer.from(value)])

const method = (path: string, streams: boolean): Record<string, unknown> => ({
  path,
  requestStream: streams,
  responseStream: streams,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
})

/** BuildKit's health check of a session, as its session manager sends it. */
export const healthCheck = '/grpc.health.v1.Health/Check'

/**
 * A gRPC server in buildkitd's place: it lists one worker, and asks each session for its health. Answers what sessions
 * said of themselves, and what they answered.
 */
export async function startPeer(socket: string): Promise<{ sessions: Record<string, unknown>[]; close(): void }> {
  const sessions: Record<string, unknown>[] = []
  const { Control } = loadPackageDefinition({
    Control: {
      ListWorkers: method('/moby.buildkit.v1.Control/ListWorkers', false),
      Session: method('/moby.buildkit.v1.Control/Session', true),
    },
  } as never) as unknown as { Control: { service: never } }
  const server = new Server()
  server.addService(Control.service, {
    ListWorkers: (_: unknown, answer: (error: null, value: Buffer) => void) =>
      answer(null, field(1, field(1, 'worker-1'))),
    Session: (call: ServerDuplexStream<Buffer, Buffer>) => {
      const about = call.metadata.getMap()
      // Node joins several headers of one name.
      const methods = call.metadata.get('x-docker-expose-session-grpc-method').join(', ').split(', ')
      const client = connect('http://session', { createConnection: () => connectionOf(call) })
      client.on('error', () => {})
      void grpc(client, healthCheck, Buffer.alloc(0)).then((answer) => sessions.push({ ...about, methods, answer }))
    },
  } as never)
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    )
  })
  return { sessions, close: () => server.forceShutdown() }
}

/** The byte stream that BuildKit's Control.Session carries, one message a piece. */
function connectionOf(call: ServerDuplexStream<Buffer, Buffer>): Duplex {
  const connection = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      for (let at = 0; at < chunk.length; at += 100) call.write(field(1, chunk.subarray(at, at + 100)))
      done()
    },
  })
  call.on('data', (message: Buffer) => connection.push(contentOf(message)))
  call.on('end', () => connection.push(null))
  return connection
}

/** Of a message whose only field is of bytes. */
function contentOf(message: Buffer): Buffer {
  let at = 1
  while (((message[at++] ?? 0) & 0x80) !== 0);
  return message.subarray(at)
}

/** Asks to turn a connection to the engine into another one; fails with its status and message where it does not agree. */
export function upgrade(socketPath: string, path: string, headers: Record<string, string | string[]>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath,
      method: 'POST',
      path,
      headers: { Connection: 'Upgrade', Upgrade: 'h2c', ...headers },
    })
    call.on('upgrade', (_, socket) => resolve(socket))
    call.on('response', (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => reject(new Error(`${answer.statusCode} ${text}`)))
    })
    call.on('error', reject)
    call.end()
  })
}

/** One unary call of gRPC over an HTTP/2 connection; answers the message. */
export function grpc(client: ClientHttp2Session, path: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = client.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    call.on('error', reject)
    call.on('data', (chunk: Buffer) => chunks.push(chunk))
    call.on('end', () => resolve(Buffer.concat(chunks).subarray(5)))
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    call.end(Buffer.concat([prefix, message]))
  })
}

/** Serves a session on its connection as buildx does: it answers each call with `answer`. */
export function serve(connection: Duplex, answer: Buffer): void {
  const server = createServer()
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(answer.length, 1)
    stream.end(Buffer.concat([prefix, answer]))
  })
  server.emit('connection', connection)
}
