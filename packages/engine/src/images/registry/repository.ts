import type { AuthConfig } from '@essaim/api-types'
import { EssaimError, internal, invalid, notFound, unauthorized } from '@essaim/base'
import { digestOf, mediaTypes } from '../manifest.js'
import { authorize, parseChallenge, type Challenge } from './auth.js'
import { certificatesOf } from './certificates.js'
import type { Endpoint } from './endpoints.js'
import { HttpClient, readBody, type HttpAnswer, type HttpRequest } from './http.js'

/** Registries allow 4 MiB for a manifest (distribution specification). */
const largestManifest = 4 << 20

const accept = [mediaTypes.ociIndex, mediaTypes.dockerList, mediaTypes.ociManifest, mediaTypes.dockerManifest].join(
  ', ',
)

export interface FetchedManifest {
  /** As it came: what its digest is the digest of. */
  data: Buffer
  digest: string
  mediaType: string
}

/** What a registry answered with an error status. */
export class RegistryError extends EssaimError {
  constructor(
    readonly status: number,
    /** The registry's own, such as `MANIFEST_UNKNOWN`. */
    readonly reason: string,
    text: string,
  ) {
    super(
      status === 404 ? 'not-found' : status === 401 || status === 403 ? 'unauthorized' : 'internal',
      'registry.refused',
      text,
    )
  }
}

/** One repository at one endpoint. */
export class Repository implements Disposable {
  #challenge: Challenge | undefined
  #authorization: string | undefined

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
    options: { actions: string; auth?: AuthConfig; certsFolder: string; signal: AbortSignal },
  ): Promise<Repository> {
    const client = new HttpClient(await certificatesOf(options.certsFolder, endpoint.host), endpoint.verify)
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
    const mediaType = (answer.headers['content-type'] ?? mediaTypes.dockerManifest).split(';')[0] ?? ''
    return { data, digest, mediaType }
  }

  /** The blob from `offset` on; a server that ignores ranges is heard from the start, and told so by the answer. */
  async blob(digest: string, offset: number, signal: AbortSignal): Promise<{ body: HttpAnswer; offset: number }> {
    const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {}
    const body = await this.ask({ method: 'GET', url: this.url(`blobs/${digest}`), headers, signal })
    return { body, offset: body.statusCode === 206 ? offset : 0 }
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
  async ask(request: HttpRequest, accepted: number[] = []): Promise<HttpAnswer> {
    for (let tries = 0; ; tries++) {
      if (this.#challenge && this.#authorization === undefined) await this.#authorize(request)
      const authorization = this.#authorization
      const headers = { ...request.headers, ...(authorization !== undefined && { Authorization: authorization }) }
      const answer = await this.client.send({ ...request, headers })
      const status = answer.statusCode ?? 0
      if (status < 400 || accepted.includes(status)) return answer
      const body = await readBody(answer, 1 << 20)
      // A token may have expired, or a registry may ask for credentials only here. A body is sent once only.
      const challenge = parseChallenge(answer.headers['www-authenticate'])
      if (status !== 401 || !challenge || tries > 0 || (request.body && !Buffer.isBuffer(request.body))) {
        throw refusal(status, body, request)
      }
      this.#challenge = challenge
      this.#authorization = undefined
    }
  }

  [Symbol.dispose](): void {
    this.client.close()
  }

  async #authorize(request: HttpRequest): Promise<void> {
    if (!this.#challenge) return
    const scope = `repository:${this.path}:${this.actions}`
    this.#authorization = await authorize(this.client, this.#challenge, scope, this.auth, request.signal)
    if (this.#authorization !== undefined) return
    const word = request.method.charAt(0) + request.method.slice(1).toLowerCase()
    throw unauthorized('registry.credentials', `${word} ${JSON.stringify(request.url)}: no basic auth credentials`)
  }
}

function refusal(status: number, body: Buffer, request: HttpRequest): EssaimError {
  let errors: { code?: string; message?: string }[] = []
  try {
    errors = (JSON.parse(body.toString('utf8')) as { errors?: typeof errors } | null)?.errors ?? []
  } catch {
    // A proxy's page is no JSON; the status says enough.
  }
  const [first] = errors
  if (first?.code !== undefined) {
    const code = first.code.toLowerCase().replaceAll('_', ' ')
    return new RegistryError(status, first.code, `${code}: ${first.message ?? ''}`)
  }
  const reason = status === 404 ? 'NOT_FOUND' : status === 401 ? 'UNAUTHORIZED' : status === 403 ? 'DENIED' : 'UNKNOWN'
  return new RegistryError(status, reason, `${request.url}: unexpected status: ${status}`)
}

/** A refused pull, in Docker's words. */
export function explainPull(error: unknown, names: { repository: string; whole: string }): unknown {
  if (!(error instanceof RegistryError)) return error
  switch (error.reason) {
    case 'MANIFEST_UNKNOWN':
    case 'NOT_FOUND':
      return notFound('image.manifest-unknown', `manifest for ${names.whole} not found: ${error.message}`, {
        cause: error,
      })
    case 'NAME_UNKNOWN':
      return notFound('image.repository-unknown', `repository ${names.repository} not found: ${error.message}`, {
        cause: error,
      })
    case 'DENIED':
    case 'UNAUTHORIZED':
      return notFound(
        'image.denied',
        `pull access denied for ${names.repository}, repository does not exist or may require 'docker login': ${error.message}`,
        { cause: error },
      )
    default:
      return internal('registry.refused', error.message, { cause: error })
  }
}
