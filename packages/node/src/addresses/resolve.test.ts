import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveAddresses } from './resolve.js'

const one = [{ interface: 'eth0', address: '10.0.0.2' }]
const two = [...one, { interface: 'eth0', address: '10.77.0.1' }]
const apart = [...one, { interface: 'eth1', address: '10.77.0.1' }]
const any = { ListenAddr: '0.0.0.0:2377' }

void test('the only address of the system is advertised', () => {
  assert.deepEqual(resolveAddresses(any, one, one), {
    listen: '0.0.0.0:2377',
    advertise: '10.0.0.2:2377',
    dataPath: '10.0.0.2',
    dataPathPort: 4789,
  })
})

void test('what is given counts: addresses, interfaces, ports', () => {
  const got = resolveAddresses(
    { ListenAddr: 'eth0:3000', AdvertiseAddr: '127.0.0.1', DataPathAddr: 'eth0', DataPathPort: 5000 },
    one,
    one,
  )
  assert.deepEqual(got, {
    listen: '10.0.0.2:3000',
    advertise: '127.0.0.1:3000',
    dataPath: '10.0.0.2',
    dataPathPort: 5000,
  })
  assert.equal(resolveAddresses({ ...any, AdvertiseAddr: 'eth0:99' }, one, one).advertise, '10.0.0.2:99')
  assert.equal(resolveAddresses({ ListenAddr: '127.0.0.1' }, two, two).advertise, '127.0.0.1:2377')
  assert.equal(resolveAddresses({ ...any, AdvertiseAddr: '[fd00::1]:99' }, one, one).advertise, '[fd00::1]:99')
})

void test('refusals in the words of Docker', () => {
  const refused = [
    [{}, one, 'invalid ListenAddr "": invalid empty address'],
    [{ ListenAddr: 'foo' }, one, /^listen address must be an IP address or network interface/],
    [{ ListenAddr: '0.0.0.0:99999' }, one, /^listen address must be/],
    [{ ...any, AdvertiseAddr: 'nope' }, one, /^advertise address must be a non-zero IP address or network interface/],
    [{ ...any, AdvertiseAddr: '0.0.0.0' }, one, /^advertise address must be a non-zero/],
    [{ ...any, AdvertiseAddr: 'eth0' }, two, 'interface eth0 has more than one IPv4 address (10.0.0.2 and 10.77.0.1)'],
    [{ ...any, DataPathAddr: 'bad' }, one, /^data path address must be a non-zero/],
    [{ ...any, DataPathPort: 10 }, one, 'Datapath port number is not in valid range (1024-49151) : 10'],
    [any, [], "could not find the system's IP address"],
    [any, two, /multiple addresses on interface eth0 \(10\.0\.0\.2 and 10\.77\.0\.1\)$/],
    [any, apart, /multiple addresses on different interfaces \(10\.0\.0\.2 on eth0 and 10\.77\.0\.1 on eth1\)$/],
  ] as const
  for (const [request, addresses, message] of refused) {
    assert.throws(() => resolveAddresses(request, [...addresses], [...addresses]), { message })
  }
})
