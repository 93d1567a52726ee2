import type { AuthConfig } from '@essaim/api-types'
import { unauthorized } from '@essaim/base'
import { readBody, type HttpAnswer, type HttpClient } from './http.js'

/** What a registry asks for, of its `WWW-Authenticate` header. */
export type Challenge =
  | { scheme: 'basic' }
  /** `error` as RFC 6750 has it, such as `insufficient_scope`. */
  | { scheme: 'bearer'; realm: string; service?: string; error?: string }

/** What goes with the requests that it is for. */
export interface Authorization {
  header: string
  /** Milliseconds since the epoch. */
  expires: number
  /** What may be shown from now on in place of the password. */
  refreshToken?: string
}

export function parseChallenge(header: string | undefined): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(header ?? '') ?? []
  const parameters = new Map([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]))
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' }
  const realm = parameters.get('realm')
  if (scheme.toLowerCase() !== 'bearer' || realm === undefined) return undefined
  const [service, error] = [parameters.get('service'), parameters.get('error')]
  return { scheme: 'bearer', realm, ...(service !== undefined && { service }), ...(error !== undefined && { error }) }
}

export interface TokenRequest {
  /** Such as `repository:library/nginx:pull`. */
  scopes: string[]
  auth: AuthConfig | undefined
  /** Asks for a refresh token besides, as a login does. */
  offline?: boolean
  signal: AbortSignal
}

/** For a challenge; undefined without credentials for basic authentication. */
export async function authorize(
  client: HttpClient,
  challenge: Challenge,
  request: TokenRequest,
): Promise<Authorization | undefined> {
  const { auth } = request
  if (challenge.scheme === 'basic') {
    const header = basicOf(auth)
    return header === undefined ? undefined : { header, expires: Infinity }
  }
  if (auth?.registrytoken) return { header: `Bearer ${auth.registrytoken}`, expires: Infinity }
  const url = new URL(challenge.realm)
  const answer = auth?.identitytoken
    ? await askWithRefreshToken(client, url, challenge.service, auth.identitytoken, request)
    : await askWithPassword(client, url, challenge.service, request)
  return await authorizationOf(answer, url)
}

/** The distribution project's "Token Authentication Specification". */
async function askWithPassword(
  client: HttpClient,
  url: URL,
  service: string | undefined,
  { scopes, auth, offline, signal }: TokenRequest,
): Promise<HttpAnswer> {
  const asked = new URL(url)
  if (service !== undefined) asked.searchParams.set('service', service)
  for (const scope of scopes) asked.searchParams.append('scope', scope)
  if (offline === true) {
    asked.searchParams.set('offline_token', 'true')
    asked.searchParams.set('client_id', 'docker')
  }
  const basic = basicOf(auth)
  if (basic !== undefined) asked.searchParams.set('account', auth?.username ?? '')
  const headers: Record<string, string> = basic === undefined ? {} : { Authorization: basic }
  return await client.send({ method: 'GET', url: asked.href, headers, signal })
}

/** The same project's "Oauth2 Token Authentication". */
async function askWithRefreshToken(
  client: HttpClient,
  url: URL,
  service: string | undefined,
  refreshToken: string,
  { scopes, signal }: TokenRequest,
): Promise<HttpAnswer> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'docker' })
  if (service !== undefined) form.set('service', service)
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  const body = Buffer.from(form.toString())
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) }
  return await client.send({ method: 'POST', url: url.href, headers, body, signal })
}

interface TokenAnswer {
  token?: unknown
  access_token?: unknown
  refresh_token?: unknown
  expires_in?: unknown
}

/** Seconds that a token is good for where its service does not say (the specification's number). */
const usualLife = 60

async function authorizationOf(answer: HttpAnswer, url: URL): Promise<Authorization> {
  const body = await readBody(answer, 1 << 20)
  if (answer.statusCode !== 200) {
    const why =
      answer.statusCode === 401 ? 'unauthorized: incorrect username or password' : `status ${answer.statusCode}`
    throw unauthorized('registry.token', `Get ${JSON.stringify(url.origin + url.pathname)}: ${why}`)
  }
  let parsed: TokenAnswer | null
  try {
    parsed = JSON.parse(body.toString('utf8')) as TokenAnswer | null
  } catch (cause) {
    throw unauthorized('registry.token', `unable to decode token response of ${url.host}`, { cause })
  }
  const token = parsed?.token ?? parsed?.access_token
  if (typeof token !== 'string' || token === '') {
    throw unauthorized('registry.token', 'authorization server did not include a token in the response')
  }
  const life = typeof parsed?.expires_in === 'number' ? parsed.expires_in : usualLife
  const refreshToken = parsed?.refresh_token
  return {
    header: `Bearer ${token}`,
    // A tenth early: the registry's clock is another one.
    expires: Date.now() + life * 900,
    ...(typeof refreshToken === 'string' && refreshToken !== '' && { refreshToken }),
  }
}

function basicOf(auth: AuthConfig | undefined): string | undefined {
  const { username, password } = auth ?? {}
  if (username === undefined || username === '' || password === undefined) return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
