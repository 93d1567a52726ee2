import { createHash } from 'node:crypto'
import { invalidToken } from '../messages.js'

/** A join token in swarmkit's form: version 1, the digest of the root certificate (50 digits of base 36), and the secret (25). */
const form = /^SWMTKN-1-(?<digest>[0-9a-z]{50})-[0-9a-z]{25}$/

/** The digest of the root certificate that the token names, in hex; throws `invalid join token` for what cannot be one. */
export function digestOf(token: string): string {
  const digest = form.exec(token)?.groups?.['digest']
  if (digest === undefined) throw invalidToken()
  const value = Array.from(digest).reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
  return value.toString(16).padStart(64, '0')
}

export const digestOfRoot = (certificate: string): string => createHash('sha256').update(certificate).digest('hex')
