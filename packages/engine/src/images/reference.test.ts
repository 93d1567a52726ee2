import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familiarName, fullName, parseReference, parseRepoTag, withDefaultTag } from './reference.js'

const digest = `sha256:${'a'.repeat(64)}`

test('names are completed, and shortened again', () => {
  const cases: [string, string, string][] = [
    ['nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['nginx:1.2', 'docker.io/library/nginx:1.2', 'nginx:1.2'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['traefik/whoami', 'docker.io/traefik/whoami:latest', 'traefik/whoami:latest'],
    ['library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['localhost:5000/x/y:t', 'localhost:5000/x/y:t', 'localhost:5000/x/y:t'],
    ['[::1]:5000/x', '[::1]:5000/x:latest', '[::1]:5000/x:latest'],
    [`ghcr.io/x/y@${digest}`, `ghcr.io/x/y@${digest}`, `ghcr.io/x/y@${digest}`],
    [`nginx:1@${digest}`, `docker.io/library/nginx:1@${digest}`, `nginx:1@${digest}`],
  ]
  for (const [text, full, familiar] of cases) {
    const reference = withDefaultTag(parseReference(text))
    assert.equal(fullName(reference), full)
    assert.equal(familiarName(reference), familiar)
  }
})

test('bad names are refused in Docker`s words', () => {
  const format = ['', '***', 'a/', ':1', 'a:', 'a b', 'a@sha256:12', 'x..y', `a@sha256:${'A'.repeat(64)}`]
  for (const text of format) assert.throws(() => parseReference(text), { message: 'invalid reference format' }, text)
  assert.throws(() => parseReference('Bad:1'), {
    message: 'invalid reference format: repository name must be lowercase',
  })
  assert.throws(() => parseReference('a'.repeat(300)), /must not be more than 255 characters/)
  assert.throws(() => parseReference('b'.repeat(64)), /cannot specify 64-byte hexadecimal strings/)
  assert.throws(() => parseRepoTag('ok', 'b@d'), { message: 'invalid tag format' })
})

test('the tag given apart wins', () => {
  assert.equal(fullName(parseRepoTag('a:1', '2')), 'docker.io/library/a:2')
  assert.equal(fullName(parseRepoTag('a:1', '')), 'docker.io/library/a:1')
})
