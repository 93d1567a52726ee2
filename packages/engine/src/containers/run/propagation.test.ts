import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPropagation, parseMountinfo } from './propagation.js'

const mounts = parseMountinfo(`22 1 254:0 / / rw,relatime - ext4 /dev/root rw
23 22 0:5 / /srv rw shared:3 - tmpfs t rw
24 22 0:6 / /srv/in\\040side rw master:4 - tmpfs t rw
25 22 0:7 / /srv/private rw - tmpfs t rw
`)

void test('mounts propagate where the place that they lie in does', () => {
  checkPropagation('/srv/data', 'rshared', mounts)
  checkPropagation('/srv', 'slave', mounts)
  checkPropagation('/srv/in side/x', 'rslave', mounts)
  checkPropagation('/etc', 'rprivate', mounts)
  const refused = (source: string, mode: string, why: string): void =>
    assert.throws(() => checkPropagation(source, mode, mounts), { message: `path ${source} is mounted on ${why}` })
  refused('/etc', 'rshared', '/ but it is not a shared mount')
  refused('/etc', 'slave', '/ but it is not a shared or slave mount')
  refused('/srv/in side/x', 'shared', '/srv/in side but it is not a shared mount')
  refused('/srv/private/x', 'rshared', '/srv/private but it is not a shared mount')
  // A name that only begins the same is another place.
  checkPropagation('/srv/privateer', 'rshared', mounts)
})
