/** The flags of `docker logs`, as a query. Times are RFC 3339 or seconds since the epoch. */
export interface LogQuery {
  follow?: boolean
  stdout?: boolean
  stderr?: boolean
  since?: string
  until?: string
  timestamps?: boolean
  details?: boolean
  /** A number of lines from the end, or `all`. */
  tail?: string
}

export function logParameters(query: LogQuery): Record<string, string | boolean | undefined> {
  const { follow, since, until, timestamps, details, tail } = query
  return { stdout: query.stdout ?? true, stderr: query.stderr ?? true, follow, since, until, timestamps, details, tail }
}
