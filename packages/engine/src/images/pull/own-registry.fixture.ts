import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pack } from 'tar-stream'
import { digestOf, mediaTypes } from '../manifest.js'

export interface Served {
  data: Buffer
  type: string
}

type Meddle = (call: IncomingMessage, answer: ServerResponse, served: Served | undefined) => boolean

/** A registry that answers what a test wants, lies among it: reads only, one repository `lab/x`. */
export class OwnRegistry {
  readonly #content = new Map<string, Served>()
  /** `GET /v2/...` with the range that was asked for. */
  readonly seen: string[] = []
  /** Answers in the registry's place where it answers true. */
  meddle: Meddle = () => false

  private constructor(
    private readonly server: Server,
    readonly place: string,
  ) {}

  static async open(): Promise<OwnRegistry> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const registry = new OwnRegistry(server, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('request', (call, answer) => registry.#answer(call, answer))
    return registry
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  add(data: Buffer, type: string, name: string = digestOf(data)): { mediaType: string; digest: string; size: number } {
    this.#content.set(name, { data, type })
    return { mediaType: type, digest: digestOf(data), size: data.length }
  }

  /** An image of one layer under a tag, its manifest changed by `lie`. */
  image(tag: string, layer: Buffer, lie: (manifest: LyingManifest) => void = () => {}): LyingManifest {
    const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] }
    const document = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs, tag }))
    const manifest: LyingManifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: this.add(document, mediaTypes.ociConfig),
      layers: [this.add(layer, mediaTypes.ociLayer)],
    }
    lie(manifest)
    this.add(Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest, tag)
    return manifest
  }

  #answer(call: IncomingMessage, answer: ServerResponse): void {
    const name = decodeURIComponent(call.url?.split('?')[0]?.split('/').at(-1) ?? '')
    this.seen.push(`${call.method} ${call.url} ${call.headers.range ?? ''}`.trim())
    const served = this.#content.get(name)
    if (this.meddle(call, answer, served)) return
    if (name === '') return void answer.end('{}')
    if (!served) {
      answer.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
      return
    }
    const from = Number(/^bytes=(\d+)-/.exec(call.headers.range ?? '')?.[1] ?? 0)
    const { data, type } = served
    if (from > data.length) return void answer.writeHead(416).end()
    answer.writeHead(from > 0 ? 206 : 200, {
      'content-type': type,
      'content-length': data.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` }),
    })
    answer.end(data.subarray(from))
  }
}

export interface LyingManifest {
  schemaVersion: number
  mediaType?: string
  config: { mediaType: string; digest: string; size: number }
  layers: { mediaType: string; digest: string; size: number }[]
}

export async function tarOf(name: string, content: Buffer | string): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name, mtime: new Date(0) }, content)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
