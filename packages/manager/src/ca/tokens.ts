import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

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
  return `SWMTKN-1-${rootDigest(certificate)}-${base36(randomBytes(16), secretLength)}`
}

const rootDigest = (certificate: string): string =>
  base36(createHash('sha256').update(certificate).digest(), digestLength)

/** Compares without telling by its time how much was right. */
export function isToken(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
