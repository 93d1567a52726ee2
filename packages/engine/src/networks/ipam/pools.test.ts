import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, formatAddress, macOf, overlaps, parseAddress, parseSubnet, type Subnet } from './address.js'
import { defaultPool, uniqueLocalPool } from './default-pools.js'
import { freeAddress, givenPool, wantedAddress } from './pools.js'

const subnet = (text: string): Subnet => parseSubnet(text) ?? assert.fail(text)

test('addresses survive reading and writing; rubbish is none', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      assert.equal(formatAddress(parseAddress(text) ?? assert.fail()), text)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
      const text = formatAddress({ family: 6, value })
      assert.deepEqual(parseAddress(text), { family: 6, value }, text)
      // The URL parser writes addresses as RFC 5952 does.
      assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`)
    }),
  )
  for (const [text, written] of [
    ['0:0:0:0:0:0:0:0', '::'],
    ['FD00::0:1', 'fd00::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ] as const) {
    assert.equal(formatAddress(parseAddress(text) ?? assert.fail(text)), written)
  }
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    'a.b.c.d',
    '1.2.3.4/5',
    ':::',
    'fe80::1%eth0',
    '1::2::3',
  ]) {
    assert.equal(parseAddress(text), undefined, text)
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0/8', '/8', '10.0.0.0/8/8'])
    assert.equal(parseSubnet(text), undefined)
  assert.equal(macOf('172.17.0.2'), '02:42:ac:11:00:02')
})

test('two subnets overlap exactly when one holds an address of the other', () => {
  const any = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  )
  fc.assert(
    fc.property(any, any, ([a, m], [b, n]) => {
      const [one, two] = [subnet(`${a}/${m}`), subnet(`${b}/${n}`)]
      const first = ({ family, base }: Subnet) => ({ family, value: base })
      assert.equal(overlaps(one, two), overlaps(two, one))
      assert.equal(overlaps(one, two), contains(one, first(two)) || contains(two, first(one)))
    }),
  )
})

test('default pools are Docker’s, in its order, and keep clear of what is taken', () => {
  assert.deepEqual(defaultPool([]), { subnet: '172.17.0.0/16', gateway: '172.17.0.1', reserved: [] })
  assert.equal(defaultPool([subnet('172.17.3.0/24'), subnet('172.18.0.0/15')]).subnet, '172.20.0.0/16')
  assert.equal(defaultPool([subnet('172.16.0.0/12')]).subnet, '192.168.0.0/20')
  assert.throws(
    () => defaultPool([subnet('0.0.0.0/0')]),
    /could not find an available, non-overlapping IPv4 address pool/,
  )
})

test('pools of the user’s own are cut to the size that was asked for', () => {
  const pools = [
    { base: '10.20.0.0/22', size: 24 },
    { base: '10.30.0.0/24', size: 24 },
  ]
  const taken: Subnet[] = []
  for (const expected of ['10.20.0.0/24', '10.20.1.0/24', '10.20.2.0/24', '10.20.3.0/24', '10.30.0.0/24']) {
    const pool = defaultPool(taken, pools)
    assert.equal(pool.subnet, expected)
    taken.push(subnet(expected))
  }
  assert.throws(() => defaultPool(taken, pools), /could not find an available/)
})

test('what the user gives is checked in Docker’s words', () => {
  const others = [subnet('172.17.0.0/16')]
  const refused: [Parameters<typeof givenPool>[0], RegExp][] = [
    [{ Subnet: 'foo' }, /^Error: Invalid subnet foo : invalid CIDR address: foo$/],
    [{}, /^Error: Invalid subnet {2}: invalid CIDR address: $/],
    [{ Subnet: '172.17.5.0/24' }, /^Error: Pool overlaps with other one on this address space$/],
    [
      { Subnet: '10.5.0.0/16', Gateway: '10.6.1.1' },
      /failed to allocate gateway \(10\.6\.1\.1\): Requested address is out of range/,
    ],
    [{ Subnet: '10.5.0.0/16', Gateway: 'xx' }, /invalid gateway address xx in Ipam configuration/],
    [{ Subnet: '10.5.0.0/16', IPRange: 'xx' }, /pool "10\.5\.0\.0\/16" subpool "xx": Invalid Address SubPool/],
    [
      { Subnet: '10.5.0.0/16', AuxiliaryAddresses: { a: '10.6.0.1' } },
      /\(a:10\.6\.0\.1\) must belong to the master pool: 10\.5\.0\.0\/16/,
    ],
  ]
  for (const [config, message] of refused) {
    assert.throws(
      () => givenPool(config, others),
      (error: Error) => message.test(`Error: ${error.message}`) || assert.fail(error.message),
    )
  }
  assert.equal(givenPool({ Subnet: '10.78.0.1/24' }, others).subnet, '10.78.0.0/24')
  assert.equal(givenPool({ Subnet: '10.78.0.0/24', IPRange: '10.78.0.128/25' }, others).gateway, '10.78.0.128')
})

test('an address is given once, never the gateway or an edge; the pool ends in Docker’s words', () => {
  const pool = givenPool({ Subnet: '10.7.0.0/29', AuxiliaryAddresses: { router: '10.7.0.3' } }, [])
  const taken = new Set<string>()
  for (let count = 0; count < 4; count++) {
    const address = freeAddress(pool, taken, 'small')
    assert.ok(!taken.has(address) && !['10.7.0.0', '10.7.0.1', '10.7.0.3', '10.7.0.7'].includes(address), address)
    taken.add(address)
  }
  assert.throws(
    () => freeAddress(pool, taken, 'small'),
    /no available IPv4 addresses on this network's address pools: small/,
  )
  assert.throws(() => wantedAddress(pool, taken, '10.7.0.2'), /^EssaimError: Address already in use$/)
  assert.throws(
    () => wantedAddress(pool, taken, '10.9.0.2'),
    /Invalid address 10\.9\.0\.2: It does not belong to any of this network's subnets/,
  )
})

test('IPv6 has pools of the engine’s own, and addresses after the gateway', () => {
  const own = uniqueLocalPool('0123456789')
  assert.deepEqual(own, { base: 'fd01:2345:6789::/48', size: 64 })
  const first = defaultPool([], [{ base: '10.0.0.0/8', size: 24 }, own], 6)
  assert.deepEqual(first, { subnet: 'fd01:2345:6789::/64', gateway: 'fd01:2345:6789::1', reserved: [] })
  assert.equal(defaultPool([subnet(first.subnet)], [own], 6).subnet, 'fd01:2345:6789:1::/64')
  const pool = givenPool({ Subnet: 'FD00:0::/64', Gateway: 'fd00::0:1' }, [])
  assert.deepEqual(pool, { subnet: 'fd00::/64', gateway: 'fd00::1', reserved: [] })
  assert.equal(freeAddress(pool, new Set(['fd00::2']), 'n'), 'fd00::3')
  assert.equal(wantedAddress(pool, new Set(), 'fd00::00AA'), 'fd00::aa')
  assert.throws(() => wantedAddress(pool, new Set(['fd00::aa']), 'fd00::AA'), /Address already in use/)
  assert.throws(() => wantedAddress(pool, new Set(), '10.0.0.1'), /does not belong to any/)
})
