import type { ConfigSpec, SecretSpec } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { Static } from 'typebox'
import { readBody } from './body.js'
import type { Call } from './call.js'

/** The body of a secret or config: its `Data` must be base64, padded, in the standard alphabet. */
export async function readSpec<T extends typeof SecretSpec | typeof ConfigSpec>(
  call: Call,
  schema: T,
): Promise<Static<T>> {
  const spec = await readBody(call, schema)
  const at = firstFault(spec.Data ?? '')
  if (at !== undefined) throw invalid('body.base64', `illegal base64 data at input byte ${at}`)
  return spec
}

/** Where a text stops to be base64; undefined when it is. */
function firstFault(text: string): number | undefined {
  const clean = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
  if (clean.test(text)) return undefined
  const stranger = text.search(/[^A-Za-z0-9+/=]/)
  return stranger >= 0 ? stranger : text.length - (text.length % 4)
}
