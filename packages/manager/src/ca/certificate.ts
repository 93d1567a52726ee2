import { createHash, createPrivateKey, randomBytes, sign, type KeyObject } from 'node:crypto'
import { addressBytes } from './address-bytes.js'
import { bits, context, integer, octets, oid, printable, sequence, set, tagged, time, utf8, yes } from './der.js'

/** Starts are put back by as much as the clocks of a cluster's nodes may differ: swarmkit's. */
export const backdateMs = 3600_000

export interface Subject {
  commonName: string
  organization?: string
  organizationalUnit?: string
}

export interface CertificateForm {
  subject: Subject
  issuer: Subject
  /** DER of what is certified. */
  publicKey: Buffer
  /** DER of the key that signs, when it is another. */
  issuerKey?: Buffer
  notBefore: number
  notAfter: number
  use: { kind: 'authority'; pathLength: number } | { kind: 'node'; names: string[]; addresses: readonly string[] }
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const version3 = Buffer.from([2])
/** keyCertSign and cRLSign: bits 5 and 6. */
const signsCertificates = bits(Buffer.from([0b0000_0110]), 1)
/** digitalSignature and keyEncipherment: bits 0 and 2. */
const signsAndEnciphers = bits(Buffer.from([0b1010_0000]), 5)
const serverAndClient = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))

/** A certificate as PEM, signed by `signer`. */
export function certify(form: CertificateForm, signer: string | KeyObject): string {
  const body = sequence(
    context(0, integer(version3)),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(19)])),
    ecdsaWithSha256,
    nameOf(form.issuer),
    sequence(time(form.notBefore), time(form.notAfter)),
    nameOf(form.subject),
    form.publicKey,
    context(3, sequence(...extensions(form))),
  )
  const key = typeof signer === 'string' ? createPrivateKey(signer) : signer
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bits(sign('sha256', body, key))))
}

/** The distinguished name, as DER. */
export function nameOf({ organization, organizationalUnit, commonName }: Subject): Buffer {
  const part = (type: string, text: string | undefined): Buffer[] =>
    text === undefined ? [] : [set(sequence(oid(type), printable(text)))]
  return sequence(
    ...part('2.5.4.10', organization),
    ...part('2.5.4.11', organizationalUnit),
    ...part('2.5.4.3', commonName),
  )
}

function extensions({ use, publicKey, issuerKey }: CertificateForm): Buffer[] {
  const common = [
    extension('2.5.29.14', octets(keyId(publicKey))),
    ...(issuerKey ? [extension('2.5.29.35', sequence(tagged(0, keyId(issuerKey))))] : []),
  ]
  if (use.kind === 'authority') {
    const length = integer(Buffer.from([use.pathLength]))
    return [critical('2.5.29.15', signsCertificates), critical('2.5.29.19', sequence(yes(), length)), ...common]
  }
  const names = sequence(
    ...use.names.map((name) => tagged(2, utf8(name))),
    ...use.addresses.map((address) => tagged(7, addressBytes(address))),
  )
  return [
    critical('2.5.29.15', signsAndEnciphers),
    extension('2.5.29.37', serverAndClient),
    critical('2.5.29.19', sequence()),
    ...common,
    extension('2.5.29.17', names),
  ]
}

const extension = (type: string, value: Buffer): Buffer => sequence(oid(type), octets(value))
const critical = (type: string, value: Buffer): Buffer => sequence(oid(type), yes(), octets(value))

/** Of the key's point, the last 65 bytes of a P-256 key. */
const keyId = (publicKey: Buffer): Buffer => createHash('sha1').update(publicKey.subarray(-65)).digest()

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
