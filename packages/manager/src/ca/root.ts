import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import type { TLSInfo } from '@essaim/api-types'
import { backdateMs, certify, nameOf } from './certificate.js'

/** PEM: a self-signed root and its key (PKCS #8). */
export interface RootCA {
  certificate: string
  key: string
}

/** As long as swarmkit's root lives. */
const lifetimeMs = 20 * 365 * 24 * 3600_000

const subject = { commonName: 'swarm-ca' }
/** Roots sign managers' certificates, which may sign one level below. */
const authority = { kind: 'authority', pathLength: 1 } as const

/** A new ECDSA P-256 root. */
export function createRoot(now: number): RootCA {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const form = {
    subject,
    issuer: subject,
    publicKey: der(publicKey),
    notBefore: now - backdateMs,
    notAfter: now + lifetimeMs,
  }
  return {
    certificate: certify({ ...form, use: authority }, privateKey),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

/** The key of `next` certified by `old`: who trusts the old root alone trusts by it what the new one signs. */
export function crossSign(next: RootCA, old: RootCA, now: number): string {
  const form = {
    subject,
    issuer: subject,
    publicKey: der(createPublicKey(next.key)),
    issuerKey: der(createPublicKey(old.key)),
    notBefore: now - backdateMs,
    notAfter: Date.parse(new X509Certificate(old.certificate).validTo),
  }
  return certify({ ...form, use: { kind: 'authority', pathLength: 0 } }, old.key)
}

export interface NodeCertificate {
  nodeId: string
  role: 'manager' | 'worker'
  clusterId: string
  /** Where the node is reached, for what looks at that: etcd does. */
  addresses?: readonly string[]
  publicKey: KeyObject
  now: number
  lifetimeMs: number
}

/** A node's certificate as swarmkit forms it: the node in CN, its role in OU, the cluster in O. */
export function certifyNode(
  root: RootCA,
  { nodeId, role, clusterId, addresses = [], publicKey, now, lifetimeMs: ms }: NodeCertificate,
): string {
  const unit = `swarm-${role}`
  const form = {
    subject: { commonName: nodeId, organizationalUnit: unit, organization: clusterId },
    issuer: subject,
    publicKey: der(publicKey),
    issuerKey: der(createPublicKey(root.key)),
    notBefore: now - backdateMs,
    notAfter: now + ms,
  }
  return certify({ ...form, use: { kind: 'node', names: [unit, nodeId], addresses } }, root.key)
}

/** What the API tells of the root, in Docker's form: the issuer's name and key as base64 of their DER. */
export function tlsInfo(certificate: string, issuer = certificate): Required<TLSInfo> {
  return {
    TrustRoot: certificate,
    CertIssuerSubject: nameOf(subject).toString('base64'),
    CertIssuerPublicKey: der(new X509Certificate(issuer).publicKey).toString('base64'),
  }
}

/** A root that was given: throws a sentence on what is wrong with it. */
export function checkedRoot(certificate: string, key: string): RootCA {
  const parsed = new X509Certificate(certificate)
  const secret = createPrivateKey(key)
  if (!parsed.ca) throw new Error('the certificate is not that of an authority')
  if (!parsed.checkPrivateKey(secret)) throw new Error('certificate key mismatch')
  if (secret.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('the key is not ECDSA P-256')
  return { certificate: parsed.toString(), key: secret.export({ type: 'pkcs8', format: 'pem' }) as string }
}

const der = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
