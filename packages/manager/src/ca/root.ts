import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import type { TLSInfo } from '@essaim/api-types'
import { bits, context, integer, octets, oid, printable, sequence, set, time, yes } from './der.js'

/** PEM: the cluster's self-signed root and its key (PKCS #8). */
export interface RootCA {
  certificate: string
  key: string
}

/** As long as swarmkit's root lives; the start is put back by as much as clocks may differ. */
const lifetime = 20 * 365 * 24 * 3600_000
const backdate = 3600_000

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const name = sequence(set(sequence(oid('2.5.4.3'), printable('swarm-ca'))))
const certificateVersion3 = Buffer.from([2])
/** keyCertSign and cRLSign: bits 5 and 6. */
const signsCertificates = bits(Buffer.from([0b0000_0110]), 1)
/** Roots sign managers' certificates, which may sign one level below. */
const pathLength = Buffer.from([1])

/** A new ECDSA P-256 root. */
export function createRoot(now: number): RootCA {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const point = spki.subarray(-65)
  const body = sequence(
    context(0, integer(certificateVersion3)),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(19)])),
    ecdsaWithSha256,
    name,
    sequence(time(now - backdate), time(now + lifetime)),
    name,
    spki,
    context(
      3,
      sequence(
        sequence(oid('2.5.29.15'), yes(), octets(signsCertificates)),
        sequence(oid('2.5.29.19'), yes(), octets(sequence(yes(), integer(pathLength)))),
        sequence(oid('2.5.29.14'), octets(octets(createHash('sha1').update(point).digest()))),
      ),
    ),
  )
  const der = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)))
  return {
    certificate: pem('CERTIFICATE', der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

/** What the API tells of the root, in Docker's form: the issuer's name and key as base64 of their DER. */
export function tlsInfo(certificate: string): Required<TLSInfo> {
  const { publicKey } = new X509Certificate(certificate)
  return {
    TrustRoot: certificate,
    CertIssuerSubject: name.toString('base64'),
    CertIssuerPublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
