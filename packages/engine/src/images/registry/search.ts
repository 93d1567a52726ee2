import type { AuthConfig, Filters, ImageSearchResult } from '@essaim/api-types'
import { internal, invalid } from '@essaim/base'
import { booleanFilter, knownFilters } from '../filters.js'
import { certificatesOf } from './certificates.js'
import { endpointsOf, type RegistryOptions } from './endpoints.js'
import { HttpClient, NetworkError, readBody } from './http.js'

export interface SearchOptions {
  /** With a registry before it (`host:port/term`), or for Docker Hub. */
  term: string
  /** From 1 to 100. */
  limit?: number
  /** `is-official`, `is-automated` and `stars`, the least number of them. */
  filters: Filters
  auth?: AuthConfig
}

const usualLimit = 25
const largestAnswer = 8 << 20

/** `docker search`, which only the first version of the registries' protocol has. */
export async function search(
  registries: RegistryOptions,
  options: SearchOptions,
  signal: AbortSignal = AbortSignal.timeout(60_000),
): Promise<ImageSearchResult[]> {
  const { filters, limit = usualLimit, auth } = options
  knownFilters(filters, ['is-official', 'is-automated', 'stars'])
  if (limit < 1 || limit > 100) throw invalid('search.limit', `Limit ${limit} is outside the range of [1, 100]`)
  const wanted = wantedOf(filters)
  const { domain, term } = splitTerm(options.term)
  const query = new URLSearchParams({ q: term, n: String(limit) }).toString()
  let failure: unknown
  for (const endpoint of endpointsOf(domain, registries).filter(({ mirror }) => !mirror)) {
    const client = new HttpClient(await certificatesOf(registries.certsFolders, endpoint.host), endpoint.verify)
    const base = domain === 'docker.io' ? 'https://index.docker.io' : endpoint.url
    try {
      const url = `${base}/v1/search?${query}`
      const answer = await client.send({ method: 'GET', url, headers: headersOf(auth), signal })
      const body = await readBody(answer, largestAnswer)
      if (answer.statusCode !== 200) {
        throw internal('search.status', `Unexpected status code ${answer.statusCode}`, {
          hint: 'most registries cannot be searched',
        })
      }
      return resultsOf(body).filter(wanted)
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      failure = error
    } finally {
      client.close()
    }
  }
  throw failure
}

function headersOf({ username, password }: AuthConfig = {}): Record<string, string> {
  if (!username || password === undefined) return {}
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

function splitTerm(text: string): { domain: string; term: string } {
  if (text.includes('://')) {
    throw invalid('search.term', `invalid repository name: repository name (${text}) should not have a scheme`)
  }
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(0, slash))
  const isHost = /[.:]/.test(first) || first === 'localhost'
  if (isHost && !['docker.io', 'index.docker.io'].includes(first)) return { domain: first, term: text.slice(slash + 1) }
  return { domain: 'docker.io', term: (isHost ? text.slice(slash + 1) : text).replace(/^library\//, '') }
}

function wantedOf(filters: Filters): (result: ImageSearchResult) => boolean {
  const official = booleanFilter(filters, 'is-official')
  const automated = booleanFilter(filters, 'is-automated')
  const stars = (filters.stars ?? []).map((value) => {
    if (!/^\d+$/.test(value)) throw invalid('filter.stars', `Invalid filter 'stars=${value}'`)
    return Number(value)
  })
  return (result) =>
    (official === undefined || result.is_official === official) &&
    (automated === undefined || result.is_automated === automated) &&
    stars.every((least) => result.star_count >= least)
}

function resultsOf(body: Buffer): ImageSearchResult[] {
  let parsed: { results?: unknown } | null
  try {
    parsed = JSON.parse(body.toString('utf8')) as typeof parsed
  } catch (cause) {
    throw internal('search.answer', 'the registry answered a search with something that is no JSON', { cause })
  }
  const found = Array.isArray(parsed?.results) ? (parsed.results as Partial<ImageSearchResult>[]) : []
  return found.map(({ name = '', description = '', star_count = 0, is_official = false, is_automated = false }) => {
    return { star_count, is_official, name, is_automated, description }
  })
}
