import type { AuthConfig } from '@essaim/api-types'
import { unauthorized } from '@essaim/base'
import { readBody, type HttpAnswer, type HttpClient } from './http.js'

/** What a registry asks for, of its `WWW-Authenticate` header. */
export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service?: string }

export function parseChallenge(header: string | undefined): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(header ?? '') ?? []
  const parameters = new Map([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]))
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' }
  const realm = parameters.get('realm')
  if (scheme.toLowerCase() !== 'bearer' || realm === undefined) return undefined
  const service = parameters.get('service')
  return { scheme: 'bearer', realm, ...(service !== undefined && { service }) }
}

/** The `Authorization` header for a challenge; undefined without credentials for basic authentication. */
export async function authorize(
  client: HttpClient,
  challenge: Challenge,
  scope: string,
  auth: AuthConfig | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const basic = basicOf(auth)
  if (challenge.scheme === 'basic') return basic
  const url = new URL(challenge.realm)
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service)
  url.searchParams.set('scope', scope)
  const headers: Record<string, string> = basic === undefined ? {} : { Authorization: basic }
  const answer = await client.send({ method: 'GET', url: url.href, headers, signal })
  return `Bearer ${await tokenOf(answer, url)}`
}

async function tokenOf(answer: HttpAnswer, url: URL): Promise<string> {
  const body = await readBody(answer, 1 << 20)
  if (answer.statusCode !== 200) {
    const why =
      answer.statusCode === 401 ? 'unauthorized: incorrect username or password' : `status ${answer.statusCode}`
    throw unauthorized('registry.token', `Get ${JSON.stringify(url.origin + url.pathname)}: ${why}`)
  }
  let parsed: { token?: unknown; access_token?: unknown } | null
  try {
    parsed = JSON.parse(body.toString('utf8')) as typeof parsed
  } catch (cause) {
    throw unauthorized('registry.token', `unable to decode token response of ${url.host}`, { cause })
  }
  const token = parsed?.token ?? parsed?.access_token
  if (typeof token === 'string') return token
  throw unauthorized('registry.token', 'authorization server did not include a token in the response')
}

function basicOf(auth: AuthConfig | undefined): string | undefined {
  const { username, password } = auth ?? {}
  if (username === undefined || username === '' || password === undefined) return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
