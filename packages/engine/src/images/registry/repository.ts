import type { AuthConfig } from '@essaim/api-types'
import { internal, invalid, unauthorized } from '@essaim/base'
import { digestOf, mediaTypes } from '../manifest.js'
import { authorize, parseChallenge, type Authorization, type Challenge } from './auth.js'
import { certificatesOf } from './certificates.js'
import type { Endpoint } from './endpoints.js'
import { HttpClient, readBody, type HttpAnswer, type HttpRequest } from './http.js'
import { refusalOf } from './refusal.js'

/** Registries allow 4 MiB for a manifest (distribution specification). */
const largestManifest = 4 << 20

const accept = [mediaTypes.ociIndex, mediaTypes.dockerList, mediaTypes.ociManifest, mediaTypes.dockerManifest].join(
  ', ',
)

export interface FetchedManifest {
  /** As it came: what its digest is the digest of. */
  data: Buffer
  digest: string
  /** The registry's word; empty where it says nothing. */
  mediaType: string
}

export interface RepositoryRequest extends HttpRequest {
  /** Error statuses that are an answer. */
  accepted?: number[]
  /** The path of another repository that is to be read, too. */
  mountFrom?: string
}

/** One repository at one endpoint. */
export class Repository implements Disposable {
  #challenge: Challenge | undefined
  /** By what they allow. */
  readonly #authorizations = new Map<string, Promise<Authorization | undefined>>()

  private constructor(
    readonly endpoint: Endpoint,
    readonly path: string,
    private readonly actions: string,
    private readonly auth: AuthConfig | undefined,
    private readonly client: HttpClient,
  ) {}

  /** Asks whether a registry is there, and how it wants to be spoken to. `actions` such as `pull` or `pull,push`. */
  static async open(
    endpoint: Endpoint,
    path: string,
    options: { actions: string; auth?: AuthConfig; certsFolders: string[]; signal: AbortSignal },
  ): Promise<Repository> {
    const client = new HttpClient(await certificatesOf(options.certsFolders, endpoint.host), endpoint.verify)
    // Credentials are for the registry itself, not for who mirrors it.
    const auth = endpoint.mirror ? undefined : options.auth
    const repository = new Repository(endpoint, path, options.actions, auth, client)
    try {
      const answer = await client.send({ method: 'GET', url: `${endpoint.url}/v2/`, signal: options.signal })
      answer.resume()
      if (answer.statusCode === 401) repository.#challenge = parseChallenge(answer.headers['www-authenticate'])
      return repository
    } catch (error) {
      client.close()
      throw error
    }
  }

  /** Verified when asked for by digest. */
  async manifest(reference: string, signal: AbortSignal): Promise<FetchedManifest> {
    const answer = await this.ask({
      method: 'GET',
      url: this.url(`manifests/${reference}`),
      headers: { Accept: accept },
      signal,
    })
    const data = await readBody(answer, largestManifest)
    const digest = digestOf(data)
    const promised = reference.startsWith('sha256:') ? reference : answer.headers['docker-content-digest']
    if (typeof promised === 'string' && promised.startsWith('sha256:') && promised !== digest) {
      throw invalid('registry.digest', `manifest verification failed for digest ${promised}`)
    }
    const mediaType = (answer.headers['content-type'] ?? '').split(';')[0] ?? ''
    return { data, digest, mediaType }
  }

  /** The blob from `offset` on; a server that ignores ranges is heard from the start, and told so by the answer. */
  async blob(digest: string, offset: number, signal: AbortSignal): Promise<{ body: HttpAnswer; offset: number }> {
    const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {}
    const body = await this.ask({ method: 'GET', url: this.url(`blobs/${digest}`), headers, signal })
    if (body.statusCode !== 206) return { body, offset: 0 }
    const start = Number(/^bytes (\d+)-/.exec(body.headers['content-range'] ?? '')?.[1] ?? offset)
    if (start <= offset) return { body, offset: start }
    body.destroy()
    throw internal('registry.range', `${this.url(`blobs/${digest}`)}: asked for byte ${offset}, got byte ${start}`)
  }

  async tags(signal: AbortSignal): Promise<string[]> {
    const found: string[] = []
    for (let url: string | undefined = this.url('tags/list'); url !== undefined;) {
      const answer = await this.ask({ method: 'GET', url, signal })
      const { tags } = JSON.parse((await readBody(answer, largestManifest)).toString('utf8')) as {
        tags?: string[] | null
      }
      found.push(...(tags ?? []))
      const next: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec([answer.headers.link ?? ''].flat().join())?.[1]
      url = next === undefined ? undefined : new URL(next, url).href
    }
    return found
  }

  url(tail: string): string {
    return `${this.endpoint.url}/v2/${this.path}/${tail}`
  }

  /** Sends with authorization; throws a RegistryError for an answer of 400 and above, unless `accepted` names it. */
  async ask(request: RepositoryRequest): Promise<HttpAnswer> {
    const { accepted = [], mountFrom, ...bare } = request
    const scopes = [`repository:${this.path}:${this.actions}`]
    if (mountFrom !== undefined) scopes.push(`repository:${mountFrom}:pull`)
    for (let tries = 0; ; tries++) {
      const authorization = await this.#authorization(request, scopes)
      const headers = { ...bare.headers, ...(authorization !== undefined && { Authorization: authorization }) }
      const answer = await this.client.send({ ...bare, headers })
      const status = answer.statusCode ?? 0
      if (status < 400 || accepted.includes(status)) return answer
      const body = await readBody(answer, 1 << 20)
      // A token may have expired, or a registry may ask for credentials only here. A body is sent once only.
      const challenge = parseChallenge(answer.headers['www-authenticate'])
      if (status !== 401 || !challenge || tries > 0 || (request.body && !Buffer.isBuffer(request.body))) {
        throw refusalOf(answer, body, request.url)
      }
      this.#challenge = challenge
      this.#authorizations.clear()
    }
  }

  [Symbol.dispose](): void {
    this.client.close()
  }

  async #authorization(request: HttpRequest, scopes: string[]): Promise<string | undefined> {
    if (!this.#challenge) return undefined
    const key = scopes.join(' ')
    const known = await this.#authorizations.get(key)
    if (known && known.expires > Date.now()) return known.header
    // Layers that move side by side need one token, not one each.
    const asked = authorize(this.client, this.#challenge, { scopes, auth: this.auth, signal: request.signal })
    this.#authorizations.set(key, asked)
    const authorization = await asked.catch((error: unknown) => {
      this.#authorizations.delete(key)
      throw error
    })
    if (authorization) return authorization.header
    const word = request.method.charAt(0) + request.method.slice(1).toLowerCase()
    throw unauthorized('registry.credentials', `${word} ${JSON.stringify(request.url)}: no basic auth credentials`)
  }
}
