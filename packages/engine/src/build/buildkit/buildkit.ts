import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { unavailable } from '@essaim/base'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { decodeBytes, encodeBytes } from './bytes-message.js'
import { ByteStream } from './byte-stream.js'

/** How headers of a session are called, in small letters (BuildKit's session protocol). */
const sessionPrefix = 'x-docker-expose-session-'

/** A buildkitd that others run: builds by BuildKit are handed through to it as they come. */
export class BuildKit {
  /** `address` is the path of its socket. */
  constructor(private readonly address: string) {}

  /** Its control API: the bytes of one HTTP/2 connection. */
  async control(): Promise<Duplex> {
    return await new Promise((resolve, reject) => {
      const socket = connect(this.address)
      socket.once('error', (cause) => reject(this.#absent(cause)))
      socket.once('connect', () => {
        socket.removeAllListeners('error')
        resolve(socket)
      })
    })
  }

  /** A session: what the client serves on its connection, given to buildkitd by a call of `Control.Session`. */
  async session(headers: Record<string, string | string[] | undefined>): Promise<Duplex> {
    ;(await this.control()).destroy()
    const metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) {
      if (!name.startsWith(sessionPrefix) || value === undefined) continue
      // Several headers of one name come as one, joined by commas.
      const values = Array.isArray(value) ? value : value.split(/,\s*/)
      for (const each of values) metadata.add(name, each)
    }
    const client = new Client(`unix://${this.address}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    })
    const path = '/moby.buildkit.v1.Control/Session'
    const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, encodeBytes, decodeBytes, metadata)
    return new ByteStream(call, () => client.close())
  }

  #absent(cause: Error): Error {
    return unavailable('buildkit.absent', `buildkitd does not answer at ${this.address}: ${cause.message}`, { cause })
  }
}
