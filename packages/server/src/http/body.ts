import { decode } from '@essaim/api-types'
import { invalid, tooLarge } from '@essaim/base'
import type { Static, TSchema } from 'typebox'
import type { Call } from './call.js'
import { parseJson } from './json.js'

/** The largest JSON body: a config holds 1,000 KB, a third more in base64, and a service spec names many. */
export const bodyLimit = 16 * 1024 * 1024

/** The body read into `schema`; no body reads as `{}`. */
export async function readBody<T extends TSchema>(call: Call, schema: T): Promise<Static<T>> {
  return decode(schema, (await readJson(call)) ?? {})
}

/** The body's JSON value, undefined when there is no body. */
export async function readJson(call: Call): Promise<unknown> {
  const length = call.headers['content-length']
  const has = call.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
  if (!has) return undefined
  const type = call.headers['content-type'] ?? ''
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw invalid('body.content-type', `Content-Type specified (${type}) must be 'application/json'`)
  }
  if (Number(length ?? 0) > bodyLimit) throw refuseSize()
  const text = await readText(call)
  if (text.trim() === '') throw invalid('body.empty', 'got EOF while reading request body')
  return parseJson(text)
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
