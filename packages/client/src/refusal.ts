import { EssaimError, type ErrorKind } from '@essaim/base'
import { collect } from './streams/collect.js'
import type { WireAnswer } from './transport/transport.js'

const kinds: Record<number, ErrorKind> = {
  304: 'not-modified',
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'too-large',
  501: 'not-implemented',
  503: 'unavailable',
}

/** The engine's refusal with its own words; `code` is `api.<status>`. */
export async function refusalOf(answer: WireAnswer): Promise<EssaimError> {
  const text = (await collect(answer.body)).toString().trim()
  return new EssaimError(kinds[answer.status] ?? 'internal', `api.${answer.status}`, messageIn(text, answer.status))
}

function messageIn(text: string, status: number): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string' && message !== '') return message
  } catch {
    // Not JSON: a proxy's page or plain text, shown as it is.
  }
  return text === '' ? `the daemon answered with status ${status} and no message` : text
}
