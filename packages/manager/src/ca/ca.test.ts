import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { createRoot, createToken, tlsInfo } from './index.js'

test('the root is a P-256 CA that signed itself, and its key belongs to it', () => {
  const root = createRoot(Date.now())
  const certificate = new X509Certificate(root.certificate)
  assert.equal(certificate.subject, 'CN=swarm-ca')
  assert.equal(certificate.ca, true)
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(root.key)))
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  const years = (Date.parse(certificate.validTo) - Date.now()) / (365 * 24 * 3600_000)
  assert.ok(years > 19.9 && years <= 20)
  assert.equal(tlsInfo(root.certificate).CertIssuerSubject, 'MBMxETAPBgNVBAMTCHN3YXJtLWNh')
  assert.match(tlsInfo(root.certificate).CertIssuerPublicKey, /^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/)
})

test('a root made from 2030 on still has a readable end', () => {
  assert.equal(
    new Date(new X509Certificate(createRoot(Date.UTC(2031, 0, 1)).certificate).validTo).getUTCFullYear(),
    2050,
  )
})

test('a join token names the root by its digest', () => {
  const { certificate } = createRoot(Date.now())
  const token = createToken(certificate)
  const [, digest = ''] = /^SWMTKN-1-([0-9a-z]{50})-[0-9a-z]{25}$/.exec(token) ?? []
  const value = Array.from(digest).reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n)
  assert.equal(value.toString(16).padStart(64, '0'), createHash('sha256').update(certificate).digest('hex'))
  assert.notEqual(createToken(certificate), token)
})
