import { decode, Type } from '@essaim/api-types'
import { invalid, tooLarge } from '@essaim/base'
import type { IncomingHttpHeaders } from 'node:http'

/** BuildKit's own limit, in bytes. */
const maxSecret = 500 * 1024

const Secrets = Type.Record(Type.String(), Type.String())

/**
 * The secrets of the header `X-Essaim-Build-Secrets`: base64 of a JSON object from id to content, the latter in base64
 * too. The classic builder's protocol has no other way that leaves no trace: queries are logged, contexts are copied.
 */
export function secretsOf(headers: IncomingHttpHeaders): ReadonlyMap<string, Buffer> {
  const header = headers['x-essaim-build-secrets']
  if (typeof header !== 'string' || header === '') return new Map()
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
  } catch {
    // The parser's own words would quote the secrets.
    throw invalid('build.secrets', 'invalid X-Essaim-Build-Secrets header: it is not base64 of JSON')
  }
  const secrets = new Map<string, Buffer>()
  for (const [id, content] of Object.entries(decode(Secrets, value))) {
    if (!/^[\w.-]+$/.test(id)) throw invalid('build.secrets', `invalid secret id ${JSON.stringify(id)}`)
    const bytes = Buffer.from(content, 'base64')
    if (bytes.length > maxSecret) {
      throw tooLarge('build.secrets', `secret ${id} has ${bytes.length} bytes, ${maxSecret} are allowed`)
    }
    secrets.set(id, bytes)
  }
  return secrets
}
