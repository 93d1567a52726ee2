import type {
  DistributionInspect,
  Filters,
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSummary,
  ProgressMessage,
} from '@essaim/api-types'
import { type Call, segment } from '../call.js'
import { jsonLines } from '../streams/json-lines.js'

/** `ref` is `name[:tag|@digest]`, an id or a prefix of one. */
export class ImagesClient {
  constructor(private readonly call: Call) {}

  list(options: { all?: boolean; digests?: boolean; filters?: Filters } = {}): Promise<ImageSummary[]> {
    const { filters = {}, ...query } = options
    return this.call.json('GET', '/images/json', { query, filters })
  }

  inspect(ref: string): Promise<ImageInspect> {
    return this.call.json('GET', `/images/${path(ref)}/json`)
  }

  history(ref: string): Promise<ImageHistoryResponseItem[]> {
    return this.call.json('GET', `/images/${path(ref)}/history`)
  }

  tag(ref: string, target: { repo: string; tag?: string }): Promise<void> {
    return this.call.done('POST', `/images/${path(ref)}/tag`, { query: target })
  }

  remove(ref: string, options: { force?: boolean; noprune?: boolean } = {}): Promise<ImageDeleteResponseItem[]> {
    return this.call.json('DELETE', `/images/${path(ref)}`, { query: options })
  }

  prune(filters: Filters = {}): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }> {
    return this.call.json('POST', '/images/prune', { filters })
  }

  /** What fails after the first message is a message with `errorDetail`. */
  async *pull(
    reference: { name: string; tag: string },
    options: { platform?: string; auth?: string } = {},
  ): AsyncGenerator<ProgressMessage> {
    const answer = await this.call.answer('POST', '/images/create', {
      query: { fromImage: reference.name, tag: reference.tag, platform: options.platform },
      ...(options.auth !== undefined && { headers: { 'x-registry-auth': options.auth } }),
    })
    yield* jsonLines<ProgressMessage>(answer.body)
  }

  /** Reads a docker or OCI archive. What is wrong with it is a message with `errorDetail`. */
  async *load(tar: AsyncIterable<Uint8Array>, options: { quiet?: boolean } = {}): AsyncGenerator<ProgressMessage> {
    const answer = await this.call.answer('POST', '/images/load', { query: options, raw: tar })
    yield* jsonLines<ProgressMessage>(answer.body)
  }

  /** What the image's registry says of it now. */
  distribution(ref: string, auth?: string): Promise<DistributionInspect> {
    const headers = auth === undefined ? {} : { headers: { 'x-registry-auth': auth } }
    return this.call.json('GET', `/distribution/${path(ref)}/json`, headers)
  }

  async *save(refs: string[]): AsyncGenerator<Uint8Array> {
    const names = refs.map((ref) => `names=${segment(ref)}`).join('&')
    yield* (await this.call.answer('GET', `/images/get?${names}`)).body
  }
}

/** Slashes of a repository's name stay slashes. */
const path = (ref: string): string => ref.split('/').map(segment).join('/')
