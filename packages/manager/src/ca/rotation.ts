import type { Cluster, SwarmSpec } from '@essaim/api-types'
import type { Moment, Pass } from '../orchestrator/index.js'
import type { Change, Tx, View } from '../store/index.js'
import { checkedRoot, createRoot, crossSign, tlsInfo, type RootCA } from './root.js'
import { createToken } from './tokens.js'

/**
 * Begins to replace the root, where `given` asks for it: by a higher `ForceRotate`, or by a certificate with its key.
 * Certificates are issued by the next root from then on, each with that root's key certified by the present one, so that
 * nodes that have heard nothing yet trust them as well.
 */
export function beginRotation(cluster: Cluster, given: SwarmSpec, now: number): Cluster {
  const next = nextRoot(cluster, given, now)
  if (!next) return cluster
  const { RootCA } = cluster.Internal
  const Rotation = { ...next, crossSigned: crossSign(next, RootCA, now) }
  return {
    ...cluster,
    TLSInfo: { ...tlsInfo(RootCA.certificate), ...issuerOf(next) },
    RootRotationInProgress: true,
    Internal: { ...cluster.Internal, Rotation },
  }
}

/** Throws a sentence on what is wrong with the certificate or key that was given. */
function nextRoot(cluster: Cluster, { CAConfig = {} }: SwarmSpec, now: number): RootCA | undefined {
  const { SigningCACert: certificate = '', SigningCAKey: key = '', ForceRotate } = CAConfig
  if (certificate !== '' && key !== '') {
    const root = checkedRoot(certificate, key)
    const { RootCA, Rotation } = cluster.Internal
    return root.certificate.trim() === (Rotation ?? RootCA).certificate.trim() ? undefined : root
  }
  if (certificate !== '' || key !== '')
    throw new Error('a root certificate comes with its key, and a key with its certificate')
  const forced = cluster.Spec.CAConfig?.ForceRotate ?? 0
  return ForceRotate === undefined || ForceRotate === forced ? undefined : createRoot(now)
}

const issuerOf = ({ certificate }: RootCA): Pick<Cluster['TLSInfo'], 'CertIssuerSubject' | 'CertIssuerPublicKey'> => {
  const { CertIssuerSubject, CertIssuerPublicKey } = tlsInfo(certificate)
  return { CertIssuerSubject, CertIssuerPublicKey }
}

/** Ends a rotation of the root when every node has a certificate of the next one; join tokens are new from then on. */
export class RotationPass implements Pass {
  readonly name = 'ca'
  #dirty = true

  reset(_view: View): void {
    this.#dirty = true
  }

  mark(change: Change): void {
    if (change.table === 'cluster' || change.table === 'node') this.#dirty = true
  }

  dirty(): boolean {
    return this.#dirty
  }

  due(): undefined {
    return undefined
  }

  run(tx: Tx, _moment: Moment): string | undefined {
    this.#dirty = false
    for (const cluster of tx.all('cluster')) {
      const { Rotation, ...Internal } = cluster.Internal
      if (!Rotation || !allRenewed(tx, Rotation)) return undefined
      const { certificate, key } = Rotation
      const JoinTokens = { Worker: createToken(certificate), Manager: createToken(certificate) }
      tx.update('cluster', {
        ...cluster,
        TLSInfo: tlsInfo(certificate),
        RootRotationInProgress: false,
        Internal: { ...Internal, RootCA: { certificate, key }, JoinTokens },
      })
      return 'every node has a certificate of the new root'
    }
    return undefined
  }
}

function allRenewed(view: View, { certificate }: RootCA): boolean {
  const { CertIssuerPublicKey } = tlsInfo(certificate)
  return [...view.all('node')].every(
    ({ Description }) => Description.TLSInfo?.CertIssuerPublicKey === CertIssuerPublicKey,
  )
}
