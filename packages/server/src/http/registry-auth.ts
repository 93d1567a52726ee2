import { AuthConfig, decode } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { IncomingHttpHeaders } from 'node:http'

/** The credentials of the X-Registry-Auth header, base64 of JSON in either alphabet; undefined when there are none. */
export function registryAuth(headers: IncomingHttpHeaders): AuthConfig | undefined {
  const header = headers['x-registry-auth']
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined || text === '') return undefined
  if (!/^[\w+/-]+=*$/.test(text)) throw refuse('it is not base64')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch {
    // The parser's own words would quote the credentials.
    throw refuse('it does not hold JSON')
  }
  const auth = decode(AuthConfig, value ?? {})
  return Object.values(auth).some((part) => part !== '') ? auth : undefined
}

const refuse = (why: string): Error => invalid('registry.auth', `invalid X-Registry-Auth header: ${why}`)
