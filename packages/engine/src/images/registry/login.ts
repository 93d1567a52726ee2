import type { AuthConfig } from '@essaim/api-types'
import { internal, unauthorized } from '@essaim/base'
import { authorize, parseChallenge } from './auth.js'
import { certificatesOf } from './certificates.js'
import { endpointsOf, type Endpoint, type RegistryOptions } from './endpoints.js'
import { HttpClient, NetworkError } from './http.js'

export interface LoginAnswer {
  Status: string
  /** What the client is to keep in place of the password; empty where the registry gives none. */
  IdentityToken: string
}

/** `docker login`: whether a registry takes these credentials. Throws what it says otherwise. */
export async function login(
  registries: RegistryOptions,
  auth: AuthConfig,
  signal: AbortSignal = AbortSignal.timeout(60_000),
): Promise<LoginAnswer> {
  const endpoints = endpointsOf(domainOf(auth.serveraddress ?? ''), registries).filter(({ mirror }) => !mirror)
  let failure: unknown
  for (const endpoint of endpoints) {
    try {
      const IdentityToken = await loginAt(endpoint, registries.certsFolders, auth, signal)
      return { Status: 'Login Succeeded', IdentityToken }
    } catch (error) {
      // A registry that has answered is not asked once more without TLS.
      if (!(error instanceof NetworkError)) throw error
      failure = error
    }
  }
  throw failure
}

async function loginAt(
  endpoint: Endpoint,
  certsFolders: string[],
  auth: AuthConfig,
  signal: AbortSignal,
): Promise<string> {
  const client = new HttpClient(await certificatesOf(certsFolders, endpoint.host), endpoint.verify)
  try {
    const url = `${endpoint.url}/v2/`
    const first = await client.send({ method: 'GET', url, signal })
    first.resume()
    if (first.statusCode === 200) return ''
    const challenge = parseChallenge(first.headers['www-authenticate'])
    if (first.statusCode !== 401 || !challenge) throw failed(url, first)
    const authorization = await authorize(client, challenge, { scopes: [], auth, offline: true, signal })
    if (!authorization) {
      throw unauthorized('registry.credentials', `Get ${JSON.stringify(url)}: no basic auth credentials`)
    }
    const headers = { Authorization: authorization.header }
    const second = await client.send({ method: 'GET', url, headers, signal })
    second.resume()
    if (second.statusCode !== 200) throw failed(url, second)
    return authorization.refreshToken ?? auth.identitytoken ?? ''
  } finally {
    client.close()
  }
}

const failed = (
  url: string,
  answer: { statusCode?: number | undefined; statusMessage?: string | undefined },
): Error => {
  const status = `${answer.statusCode ?? ''} ${answer.statusMessage ?? ''}`.trim()
  const refuse = answer.statusCode === 401 ? unauthorized : internal
  return refuse('registry.login', `login attempt to ${url} failed with status: ${status}`)
}

/** Clients name the hub by the address of its first version, and others with or without a scheme. */
function domainOf(serverAddress: string): string {
  const host = serverAddress.replace(/^https?:\/\//, '').split('/')[0] ?? ''
  return ['', 'index.docker.io', 'registry-1.docker.io', 'docker.io'].includes(host) ? 'docker.io' : host
}
