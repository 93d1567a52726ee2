import { invalidToken } from './messages.js'

/** A join token in swarmkit's form: version 1, the digest of the root certificate (50 digits of base 36), and the secret (25). */
const form = /^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/

/** Throws `invalid join token` for what cannot be one. */
export function checkJoinToken(token: string): void {
  if (!form.test(token)) throw invalidToken()
}
