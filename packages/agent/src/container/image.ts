/** An image reference in the short form that Docker shows, with `:latest` where neither tag nor digest is given. */
export function familiarImage(reference: string): string {
  const short = reference.replace(/^(index\.)?docker\.io\/(library\/)?/, '')
  const afterSlash = short.slice(short.lastIndexOf('/') + 1)
  return /[:@]/.test(afterSlash) ? short : `${short}:latest`
}

/** Content that a name cannot be moved away from: what is here is what is meant. */
export function hasDigest(reference: string): boolean {
  return reference.includes('@sha256:')
}
