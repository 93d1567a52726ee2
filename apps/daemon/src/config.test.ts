import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from './arguments.js'
import { parseConfig } from './config-file.js'
import { helpText } from './help.js'
import { options } from './options.js'
import { settingsOf } from './settings.js'

const settings = (args: string[], file = ''): ReturnType<typeof settingsOf> =>
  settingsOf(parseArguments(args), parseConfig(file), 'daemon.json')

void test('defaults', () => {
  assert.deepEqual(settings([]), {
    dataRoot: '/var/lib/essaim',
    execRoot: '/run/essaim',
    hosts: ['unix:///run/essaim/docker.sock'],
    registryMirrors: [],
    insecureRegistries: [],
    labels: [],
    registries: {},
    networkDefaults: {
      addressPools: [],
      dns: { servers: [], search: [], options: [] },
      ipForward: true,
      bridge: { ipv6: false, icc: true, masquerade: true, hostBinding: '0.0.0.0' },
    },
    logDefaults: { driver: 'json-file', options: {} },
    logLevel: 'info',
    debug: false,
    pidfile: '/run/essaim/essaimd.pid',
  })
})

void test('every form of a flag', () => {
  const got = settings([
    '-Dl',
    'warn',
    '-H',
    'unix:///a',
    '-Htcp://127.0.0.1:1',
    '--label=a=b',
    '--label',
    'c=d',
    '-p',
    '/x',
  ])
  assert.deepEqual(got.hosts, ['unix:///a', 'tcp://127.0.0.1:1'])
  assert.deepEqual(got.labels, ['a=b', 'c=d'])
  assert.equal(got.logLevel, 'debug')
  assert.equal(got.pidfile, '/x')
  assert.equal(settings(['--containerd', 'unix:///run/c.sock']).containerd, '/run/c.sock')
})

void test('the socket and the pid file follow the exec root', () => {
  const got = settings(['--exec-root', '/tmp/e'])
  assert.deepEqual([got.hosts, got.pidfile], [['unix:///tmp/e/docker.sock'], '/tmp/e/essaimd.pid'])
})

void test('wrong command lines are refused in the words of dockerd', () => {
  const refused: [string[], RegExp][] = [
    [['--foo'], /^unknown flag: --foo\nSee 'essaimd --help'\.$/],
    [['-x'], /^unknown shorthand flag: 'x' in -x/],
    [['-H'], /^flag needs an argument: 'H' in -H/],
    [['--label'], /^flag needs an argument: --label/],
    [['extra'], /^"essaimd" accepts no argument\(s\)\./],
    [['--label', 'nokey'], /^invalid argument "nokey" for "--label" flag: bad attribute format: nokey/],
    [['-H', 'foo://x'], /^invalid argument "foo:\/\/x" for "-H, --host" flag: Invalid bind address format: foo:\/\/x/],
    [['-l', 'loud'], /unable to parse logging level: loud \(allowed: debug, info/],
    [['--registry-mirror', 'ftp://x'], /invalid mirror/],
    [['--registry-mirror', 'http://x/y'], /invalid mirror: path, query, or fragment/],
    [['--debug=maybe'], /a boolean is true or false/],
    [['--data-root', 'rel'], /an absolute path is needed/],
  ]
  for (const [args, message] of refused) assert.throws(() => parseArguments(args), { message })
})

void test('the file: keys of daemon.json, each checked', () => {
  const got = settings([], '{"data-root":"/d","hosts":["tcp://0.0.0.0:2375"],"debug":true,"labels":["a=b"]}')
  assert.deepEqual([got.dataRoot, got.hosts, got.debug, got.labels], ['/d', ['tcp://0.0.0.0:2375'], true, ['a=b']])
  assert.throws(() => parseConfig('{"foo":1}'), {
    message: /don't match any configuration option: foo \(allowed: data-root,/,
  })
  assert.throws(() => parseConfig('{"debug":"x"}'), { message: 'debug must be true or false, not "x"' })
  assert.throws(() => parseConfig('{"labels":[1]}'), { message: 'labels must be a list of strings, not [1]' })
  assert.throws(() => parseConfig('{"labels":["x"]}'), { message: /^labels: bad attribute format: x/ })
  assert.throws(() => parseConfig('[]'), { message: 'the file must hold one JSON object' })
  assert.throws(() => parseConfig('{bad'), SyntaxError)
  assert.equal(parseConfig(' ').size, 0)
})

void test('networks: pools, bridge address, MTU and name servers, from flags and file', () => {
  const wanted = {
    addressPools: [{ base: '10.20.0.0/16', size: 24 }],
    mtu: 1400,
    dns: { servers: ['10.0.0.53'], search: ['example.com'], options: ['ndots:2'] },
    ipForward: false,
    bridge: {
      bip: '10.9.0.1/24',
      fixedCidr: '10.9.0.128/25',
      ipv6: true,
      fixedCidr6: 'fd09::/64',
      icc: false,
      masquerade: false,
      hostBinding: '127.0.0.1',
    },
  }
  const flags = '--default-address-pool base=10.20.0.0/16,size=24 --bip 10.9.0.1/24 --mtu 1400 --dns 10.0.0.53'
  const more = '--fixed-cidr 10.9.0.128/25 --ipv6 --fixed-cidr-v6 fd09::/64 --icc=false --ip-masq=false'
  const rest = `--dns-search example.com --dns-opt ndots:2 ${more} --ip 127.0.0.1 --ip-forward=false`
  assert.deepEqual(settings(`${flags} ${rest}`.split(' ')).networkDefaults, wanted)
  const file = {
    'default-address-pools': [{ base: '10.20.0.0/16', size: 24 }],
    bip: '10.9.0.1/24',
    mtu: 1400,
    dns: ['10.0.0.53'],
    'dns-search': ['example.com'],
    'dns-opts': ['ndots:2'],
    'fixed-cidr': '10.9.0.128/25',
    ipv6: true,
    'fixed-cidr-v6': 'fd09::/64',
    icc: false,
    'ip-masq': false,
    ip: '127.0.0.1',
    'ip-forward': false,
  }
  assert.deepEqual(settings([], JSON.stringify(file)).networkDefaults, wanted)
  for (const wrong of [
    '{"default-address-pools":[1]}',
    '{"default-address-pools":[{"base":"x","size":24}]}',
    '{"mtu":"x"}',
    '{"bip":"x"}',
    '{"fixed-cidr":"fd00::/64"}',
    '{"ip":"::1"}',
    '{"default-address-pools":[{"base":"10.0.0.0/24","size":16}]}',
    '{"dns":["x"]}',
  ]) {
    assert.throws(() => parseConfig(wrong), wrong)
  }
})

void test('logs: driver and options, from flags and file', () => {
  const wanted = { driver: 'local', options: { 'max-size': '1m', tag: 'a=b' } }
  const flags = ['--log-driver', 'local', '--log-opt', 'max-size=1m', '--log-opt', 'tag=a=b']
  assert.deepEqual(settings(flags).logDefaults, wanted)
  const file = { 'log-driver': 'local', 'log-opts': { 'max-size': '1m', tag: 'a=b' } }
  assert.deepEqual(settings([], JSON.stringify(file)).logDefaults, wanted)
  assert.throws(() => parseConfig('{"log-opts":["a=b"]}'), { message: /^log-opts must be an object of strings/ })
  assert.throws(() => parseConfig('{"log-opts":{"max-file":3}}'), { message: /^log-opts must be an object of strings/ })
  assert.throws(() => parseArguments(['--log-opt', 'x']), { message: /bad format: x/ })
})

void test("the rest of dockerd's keys: what is so anyway is right, what is not there yet is named", () => {
  assert.equal(parseConfig('{"live-restore":true,"storage-driver":"overlay2","userland-proxy":false}').size, 0)
  assert.throws(() => parseConfig('{"live-restore":false}'), {
    message: 'live-restore is always true in essaimd, not false',
  })
  assert.throws(() => parseConfig('{"userns-remap":"default"}'), {
    message: 'the directive userns-remap of dockerd is not supported by essaimd: remove it',
  })
})

void test('what flag and file both give is refused', () => {
  assert.throws(() => settings(['--label', 'c=d', '-D'], '{"labels":["a=b"],"debug":true}'), {
    message:
      /specified both as a flag and in the configuration file: labels: \(from flag: \[c=d\], from file: \[a=b\]\), debug: \(from flag: true, from file: true\)$/,
  })
})

void test('the help names every flag', () => {
  for (const option of options) assert.ok(helpText().includes(`--${option.flag}`), option.flag)
})
