import type { AuthConfig, ProgressMessage } from '@essaim/api-types'
import type { Call } from '../call.js'
import { jsonLines } from '../streams/json-lines.js'

export interface BuildQuery {
  tags: string[]
  /** The Dockerfile's path in the context. */
  dockerfile?: string
  /** A URL of a repository, an archive or a Dockerfile, in place of a context that is sent. */
  remote?: string
  args?: Record<string, string | null>
  labels?: Record<string, string>
  target?: string
  platform?: string
  network?: string
  cacheFrom?: string[]
  extraHosts?: string[]
  memory?: number
  noCache?: boolean
  pull?: boolean
  quiet?: boolean
  /** For `RUN --mount=type=secret`, by id. */
  secrets?: Record<string, Uint8Array>
  /** Credentials by the registry's address. */
  auths?: Record<string, AuthConfig>
}

/** Builds by the classic builder. */
export class BuildClient {
  constructor(private readonly call: Call) {}

  /** `context` is a tar, compressed or not. What fails after the first message is a message with `errorDetail`. */
  async *build(context: AsyncIterable<Uint8Array> | undefined, query: BuildQuery): AsyncGenerator<ProgressMessage> {
    const answer = await this.call.answer('POST', `/build?${paramsOf(query).toString()}`, {
      ...(context && { raw: context }),
      headers: {
        ...(query.auths && { 'x-registry-config': encoded(query.auths) }),
        ...(query.secrets && { 'x-essaim-build-secrets': encoded(inBase64(query.secrets)) }),
      },
    })
    yield* jsonLines<ProgressMessage>(answer.body)
  }

  prune(options: { all?: boolean } = {}): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> {
    return this.call.json('POST', '/build/prune', { query: options })
  }
}

function paramsOf(query: BuildQuery): URLSearchParams {
  const params = new URLSearchParams({ rm: '1' })
  const { dockerfile, remote, target, platform, network, memory } = query
  const single = { dockerfile, remote, target, platform, networkmode: network, memory }
  for (const [name, value] of Object.entries(single)) if (value !== undefined) params.set(name, String(value))
  const json = { buildargs: query.args, labels: query.labels, cachefrom: query.cacheFrom }
  for (const [name, value] of Object.entries(json)) if (value) params.set(name, JSON.stringify(value))
  for (const [name, on] of Object.entries({ nocache: query.noCache, pull: query.pull, q: query.quiet })) {
    if (on === true) params.set(name, '1')
  }
  for (const tag of query.tags) params.append('t', tag)
  for (const host of query.extraHosts ?? []) params.append('extrahosts', host)
  return params
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

function inBase64(secrets: Record<string, Uint8Array>): Record<string, string> {
  const entries = Object.entries(secrets).map(([id, bytes]) => [id, Buffer.from(bytes).toString('base64')])
  return Object.fromEntries(entries) as Record<string, string>
}
