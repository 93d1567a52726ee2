import { decode } from '@essaim/api-types'
import { invalid, tooLarge } from '@essaim/base'
import type { Static, TSchema } from 'typebox'
import type { Call } from './call.js'

/** The largest JSON body: a config holds 1,000 KB, a third more in base64, and a service spec names many. */
export const bodyLimit = 16 * 1024 * 1024

/** The body read into `schema`. No body at all reads as `{}`, unless it is required. */
export async function readBody<T extends TSchema>(call: Call, schema: T): Promise<Static<T>> {
  const value = await readJson(call)
  return decode(schema, value ?? {})
}

/** The body's JSON value, undefined when there is no body. */
export async function readJson(call: Call): Promise<unknown> {
  const length = call.headers['content-length']
  const has = call.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
  const type = call.headers['content-type']
  if (!has) return undefined
  if (type?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw invalid('body.type', `unsupported Content-Type header (${type ?? ''}): must be 'application/json'`)
  }
  if (Number(length ?? 0) > bodyLimit) throw refuseSize()
  const text = await readText(call)
  if (text.trim() === '') throw invalid('body.empty', 'invalid JSON: got EOF while reading request body')
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw invalid('body.syntax', `invalid JSON: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
}

async function readText(call: Call): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // A refusal in the middle must still find its way back over the connection.
  for await (const chunk of call.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimit) throw refuseSize()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refuseSize(): Error {
  return tooLarge('body.too-large', `request body is too large: at most ${bodyLimit / 1024 / 1024} MiB are accepted`)
}
