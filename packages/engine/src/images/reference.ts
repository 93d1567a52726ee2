import { invalid, type EssaimError } from '@essaim/base'

/** A parsed image name, in full: `nginx` is domain `docker.io`, path `library/nginx`. */
export interface Reference {
  domain: string
  path: string
  tag?: string
  /** `sha256:` and 64 hex digits. */
  digest?: string
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const host = `(?:${label}(?:\\.${label})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const tagPattern = /^\w[\w.-]{0,127}$/
const digestPattern = /^sha256:[0-9a-f]{64}$/
/** The grammar of the distribution project's `reference` package. */
const fullPattern = new RegExp(
  `^(?<name>(?:${host}/)?${component}(?:/${component})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
)
const longestName = 255

/** Throws Docker's `invalid reference format` and its kin. */
export function parseReference(text: string): Reference {
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw refuse(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`)
  }
  const { domain, rest } = splitDomain(text)
  const colon = rest.indexOf(':')
  const at = rest.indexOf('@')
  const remote = rest.slice(0, colon >= 0 ? colon : at >= 0 ? at : undefined)
  if (remote.toLowerCase() !== remote) throw refuse('invalid reference format: repository name must be lowercase')
  const match = fullPattern.exec(`${domain}/${rest}`)?.groups
  if (match?.name === undefined) throw refuse('invalid reference format')
  if (match.name.length > longestName) {
    throw refuse(`repository name must not be more than ${longestName} characters`)
  }
  if (match.digest !== undefined && !isDigest(match.digest)) throw refuse('invalid reference format')
  return {
    domain,
    path: match.name.slice(domain.length + 1),
    ...(match.tag !== undefined && { tag: match.tag }),
    ...(match.digest !== undefined && { digest: match.digest }),
  }
}

/** `repo` alone and `tag` alone, as the API passes them; a tag that `repo` carries gives way to `tag`. */
export function parseRepoTag(repo: string, tag: string): Reference {
  const reference = parseReference(repo)
  if (tag === '') return withDefaultTag(reference)
  if (!tagPattern.test(tag)) throw refuse('invalid tag format')
  return { domain: reference.domain, path: reference.path, tag }
}

export function isDigest(text: string): boolean {
  return digestPattern.test(text)
}

/** `latest` where there is neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference
}

/** The repository in full, such as `docker.io/library/nginx`. */
export function repositoryOf(reference: Reference): string {
  return `${reference.domain}/${reference.path}`
}

/** The repository as people write it, such as `nginx`. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== 'docker.io') return `${domain}/${path}`
  const short = path.replace(/^library\//, '')
  // `library/a/b` must keep its prefix: `a/b` would be read as another repository.
  return short.includes('/') ? path : short
}

export function familiarName(reference: Reference): string {
  return familiarRepository(reference) + suffixOf(reference)
}

/** The whole name, under which the store keeps it. */
export function fullName(reference: Reference): string {
  return repositoryOf(reference) + suffixOf(reference)
}

const suffixOf = ({ tag, digest }: Reference): string =>
  (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`)

/** The first part is a host when it looks like one: a dot, a port, `localhost`, or a capital letter. */
function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(slash, 0))
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const domain = isHost && first !== 'index.docker.io' ? first : 'docker.io'
  const rest = isHost ? text.slice(slash + 1) : text
  return { domain, rest: domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest }
}

const refuse = (message: string): EssaimError => invalid('image.reference', message)
