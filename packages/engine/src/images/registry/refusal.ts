import { EssaimError, internal, notFound } from '@essaim/base'
import { parseChallenge } from './auth.js'
import type { HttpAnswer } from './http.js'

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

  /** Whether another try may do better. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408
  }
}

interface WireError {
  code?: unknown
  message?: unknown
}

/** In the words of Docker's engine, which are the registry's own where it has given some. */
export function refusalOf(answer: HttpAnswer, body: Buffer, url: string): RegistryError {
  const status = answer.statusCode ?? 0
  if (status >= 500) {
    const text = `received unexpected HTTP status: ${status} ${answer.statusMessage ?? ''}`.trim()
    return new RegistryError(status, 'UNKNOWN', text)
  }
  const challenge = parseChallenge(answer.headers['www-authenticate'])
  if (challenge?.scheme === 'bearer' && challenge.error === 'insufficient_scope') return denied(status)
  const [first] = errorsOf(body)
  if (typeof first?.code === 'string') {
    const code = first.code.toLowerCase().replaceAll('_', ' ')
    return new RegistryError(status, first.code, `${code}: ${typeof first.message === 'string' ? first.message : ''}`)
  }
  if (status === 401) return new RegistryError(status, 'UNAUTHORIZED', 'unauthorized: authentication required')
  if (status === 403) return denied(status)
  if (status === 429) return new RegistryError(status, 'TOOMANYREQUESTS', 'toomanyrequests: too many requests')
  return new RegistryError(status, status === 404 ? 'NOT_FOUND' : 'UNKNOWN', `${url}: unexpected status: ${status}`)
}

const denied = (status: number): RegistryError =>
  new RegistryError(status, 'DENIED', 'denied: requested access to the resource is denied')

function errorsOf(body: Buffer): WireError[] {
  try {
    const value = JSON.parse(body.toString('utf8')) as { errors?: unknown } | null
    return Array.isArray(value?.errors) ? (value.errors as WireError[]) : []
  } catch {
    // A proxy's page is no JSON; the status says enough.
    return []
  }
}

/** A refused pull, in Docker's words. */
export function explainPull(error: unknown, names: { repository: string; whole: string }): unknown {
  if (!(error instanceof EssaimError)) return error
  const cause = { cause: error }
  if (!(error instanceof RegistryError)) {
    return error.kind === 'unauthorized' ? internal(error.code, error.message, cause) : error
  }
  switch (error.reason) {
    case 'MANIFEST_UNKNOWN':
    case 'NOT_FOUND':
      return notFound('image.manifest-unknown', `manifest for ${names.whole} not found: ${error.message}`, cause)
    case 'NAME_UNKNOWN':
      return notFound('image.repository-unknown', `repository ${names.repository} not found: ${error.message}`, cause)
    case 'DENIED':
      return notFound(
        'image.denied',
        `pull access denied for ${names.repository}, repository does not exist or may require 'docker login': ${error.message}`,
        cause,
      )
    default:
      return internal('registry.refused', error.message, cause)
  }
}
