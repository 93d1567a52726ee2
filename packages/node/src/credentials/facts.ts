import { X509Certificate } from 'node:crypto'
import type { TLSInfo } from '@essaim/api-types'
import { tlsInfo } from '@essaim/manager'
import { splitPem, type NodeIdentity } from '@essaim/protocol'

export interface CertificateFacts {
  notBefore: number
  notAfter: number
  /** What the API tells of it; its issuer's key is the one by which it verifies. */
  tls: Required<TLSInfo>
}

export function factsOf({ certificate, roots }: NodeIdentity): CertificateFacts {
  const [leaf = '', ...between] = splitPem(certificate)
  const own = new X509Certificate(leaf)
  const issuers = [...splitPem(roots), ...between]
  const issuer = issuers.find((pem) => own.verify(new X509Certificate(pem).publicKey)) ?? issuers[0] ?? ''
  return {
    notBefore: Date.parse(own.validFrom),
    notAfter: Date.parse(own.validTo),
    tls: { ...tlsInfo(issuer), TrustRoot: roots },
  }
}
