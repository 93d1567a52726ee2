import { createHash, randomBytes } from 'node:crypto'

/** Lengths in base 36 of 256 bits and of 128 bits. */
const digestLength = 50
const secretLength = 25

const base36 = (bytes: Buffer, length: number): string =>
  BigInt(`0x${bytes.toString('hex')}`)
    .toString(36)
    .padStart(length, '0')

/**
 * A join token in Docker's form, `SWMTKN-1-<digest of the root certificate>-<secret>`: a node that joins knows by the
 * digest whom it talks to, and the managers by the secret that it may.
 */
export function createToken(certificate: string): string {
  const digest = createHash('sha256').update(certificate).digest()
  return `SWMTKN-1-${base36(digest, digestLength)}-${base36(randomBytes(16), secretLength)}`
}
