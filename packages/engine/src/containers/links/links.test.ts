import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkEnvironment } from './environment.js'

void test('a link’s variables are Docker’s: lowest port first, rows of ports, its own variables but for two', () => {
  const config = {
    ExposedPorts: { '81/tcp': {}, '80/tcp': {}, '53/udp': {} },
    Env: ['FOO=bar', 'HOME=/x', 'PATH=/bin', 'BARE'],
  }
  assert.deepEqual(linkEnvironment({ owner: 'web', alias: 'my-db', address: '172.17.0.2', config }), [
    'MY_DB_PORT=udp://172.17.0.2:53',
    'MY_DB_PORT_80_TCP_START=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_PORT_START=80',
    'MY_DB_PORT_80_TCP_END=tcp://172.17.0.2:81',
    'MY_DB_PORT_80_TCP_PORT_END=81',
    'MY_DB_PORT_53_UDP=udp://172.17.0.2:53',
    'MY_DB_PORT_53_UDP_ADDR=172.17.0.2',
    'MY_DB_PORT_53_UDP_PORT=53',
    'MY_DB_PORT_53_UDP_PROTO=udp',
    'MY_DB_PORT_80_TCP=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_80_TCP_PORT=80',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_81_TCP=tcp://172.17.0.2:81',
    'MY_DB_PORT_81_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_81_TCP_PORT=81',
    'MY_DB_PORT_81_TCP_PROTO=tcp',
    'MY_DB_NAME=/web/my-db',
    'MY_DB_ENV_FOO=bar',
  ])
})
