import { createPublicKey, createSign, generateKeyPairSync } from 'node:crypto'
import type { CertificateRequest } from '@essaim/protocol'

/** A new P-256 key as PEM (PKCS #8); it never leaves the node. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** What is shown of a key to have it certified. */
export function requestFor(key: string): CertificateRequest {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string
  return { publicKey, signature: createSign('sha256').update(publicKey).sign(key) }
}
