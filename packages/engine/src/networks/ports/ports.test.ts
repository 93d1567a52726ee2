import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePorts } from './bindings.js'
import { PortTable } from './table.js'

test('bindings, ranges and exposed ports are read', () => {
  const bindings = {
    '80/tcp': [{ HostPort: '8000-8010' }],
    '53/udp': [],
    '22': [{ HostIp: '127.0.0.1', HostPort: '' }],
  }
  const { wishes, exposed } = parsePorts(bindings, ['80/tcp', '90/tcp'], false)
  assert.deepEqual(wishes, [
    { protocol: 'tcp', containerPort: 22, hostIp: '127.0.0.1', range: undefined },
    { protocol: 'udp', containerPort: 53, hostIp: '', range: undefined },
    { protocol: 'tcp', containerPort: 80, hostIp: '', range: [8000, 8010] },
  ])
  assert.deepEqual(exposed, ['90/tcp'])
  assert.equal(parsePorts(bindings, ['80/tcp', '90/tcp'], true).wishes.length, 4)
  for (const text of ['x', '99999', '9-1', '-1']) {
    assert.throws(() => parsePorts({ '80/tcp': [{ HostPort: text }] }, [], false), /invalid port specification/, text)
  }
  assert.equal(parsePorts({ '80/sctp': [{}] }, [], false).wishes[0]?.protocol, 'sctp')
  assert.throws(() => parsePorts({ '80/icmp': [{}] }, [], false), /tcp, udp and sctp/)
})

test('a port is given to one, on an address or on all', () => {
  const table = new PortTable()
  table.take('tcp', '127.0.0.1', 80, 'a')
  table.take('tcp', '10.0.0.1', 80, 'b')
  table.take('udp', '0.0.0.0', 80, 'c')
  table.take('tcp', '::', 80, 'd')
  assert.throws(
    () => table.take('tcp', '0.0.0.0', 80, 'e'),
    /^EssaimError: Bind for 0\.0\.0\.0:80 failed: port is already allocated$/,
  )
  assert.throws(() => table.take('udp', '127.0.0.1', 80, 'e'), /Bind for 127\.0\.0\.1:80 failed/)
  assert.throws(() => table.takeFrom('tcp', '127.0.0.1', [80, 80], 'e'), /port is already allocated/)
  assert.equal(table.takeFrom('tcp', '127.0.0.1', [80, 82], 'e'), 81)
  for (const [protocol, ip, owner] of [
    ['tcp', '127.0.0.1', 'a'],
    ['tcp', '10.0.0.1', 'b'],
    ['tcp', '::', 'd'],
    ['udp', '0.0.0.0', 'c'],
  ] as const) {
    table.give(protocol, ip, 80, owner)
  }
  table.give('tcp', '127.0.0.1', 81, 'e')
  assert.equal(table.size, 0)
})

test('ports that nobody named are handed out in turn, not at once again', () => {
  const table = new PortTable()
  const first = table.takeFrom('tcp', '0.0.0.0', undefined, 'a')
  table.give('tcp', '0.0.0.0', first, 'a')
  assert.equal(table.takeFrom('tcp', '0.0.0.0', undefined, 'a'), first + 1)
})
