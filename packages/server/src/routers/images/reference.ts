/** `repo` with its tag apart: the one that is given, or that stands in the name, or `latest`. Not validated here. */
export function repoAndTag(repo: string, tag: string): { repo: string; tag: string } {
  if (tag !== '') return { repo, tag }
  const colon = repo.lastIndexOf(':')
  // A colon before a slash belongs to the registry's port.
  if (colon > repo.lastIndexOf('/')) return { repo: repo.slice(0, colon), tag: repo.slice(colon + 1) }
  return { repo, tag: 'latest' }
}

/** `fromImage` and `tag` of a pull as one reference; the tag may be a digest. */
export function pullReference(image: string, tag: string): string {
  const name = image.replace(/:$/, '')
  if (tag === '') return name
  const bare = name.split('@')[0] ?? name
  const colon = bare.lastIndexOf(':')
  const repo = colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare
  return tag.includes(':') ? `${repo}@${tag}` : `${repo}:${tag}`
}
