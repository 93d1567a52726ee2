import { type EssaimError, unavailable } from '@essaim/base'

/** What a failed connection means for who typed the command. */
export function unreachable(address: string, cause: unknown): EssaimError {
  const code = (cause as { code?: string }).code
  if (code === 'EACCES') {
    return unavailable('client.permission', `permission denied while trying to connect to the daemon at ${address}`, {
      hint: 'use sudo, or become a member of the group that owns the socket (docker)',
      cause,
    })
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH') {
    return unavailable('client.unreachable', `Cannot connect to the daemon at ${address}. Is it running?`, {
      hint: 'start it (systemctl start essaim), or name another one with -H or DOCKER_HOST',
      cause,
    })
  }
  const why = cause instanceof Error ? cause.message : String(cause)
  return unavailable('client.broken', `the connection to ${address} failed: ${why}`, { cause })
}
