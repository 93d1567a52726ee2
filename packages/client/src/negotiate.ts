import { refusalOf } from './refusal.js'
import { collect } from './streams/collect.js'
import type { Transport } from './transport/transport.js'

/** The newest version of the Docker Engine API that this client knows. */
export const newestApi = '1.51'

export interface Negotiation {
  api: string
  /** What the engine calls itself, such as `Essaim/0.1.0 (linux)`. */
  server: string
}

/** The newest version that both sides speak; `wanted` (DOCKER_API_VERSION) is taken as it is. */
export async function negotiate(transport: Transport, wanted: string | undefined): Promise<Negotiation> {
  const answer = await transport.send({ method: 'GET', path: '/_ping', headers: {} })
  if (answer.status >= 400) throw await refusalOf(answer)
  await collect(answer.body)
  // Engines of before negotiation do not name their version; 1.24 is what Docker's own client takes then.
  const theirs = answer.headers['api-version'] ?? '1.24'
  return { api: wanted || older(theirs, newestApi), server: answer.headers['server'] ?? '' }
}

function older(a: string, b: string): string {
  const minor = (version: string): number => Number(version.split('.')[1])
  return minor(a) < minor(b) ? a : b
}
