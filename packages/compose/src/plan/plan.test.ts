import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { load } from '../load.js'
import { planOf } from '../plan-of.fixture.js'
import { printCompose } from '../print.js'
import { planStack, type StackPlan } from './plan.js'

const only = (plan: StackPlan): StackPlan['services'][number] => {
  const [service, ...more] = plan.services
  assert(service && more.length === 0)
  return service
}

test('a service with nothing said has the stock CLI’s spec', () => {
  const plan = planOf('services: {web: {image: nginx}}')
  const labels = { 'com.docker.stack.namespace': 'app' }
  assert.deepEqual(only(plan).spec, {
    Name: 'app_web',
    Labels: { ...labels, 'com.docker.stack.image': 'nginx' },
    TaskTemplate: {
      ContainerSpec: {
        Image: 'nginx',
        Labels: labels,
        Env: [],
        Privileges: {},
        Mounts: [],
        Hosts: [],
        Secrets: [],
        Configs: [],
      },
      Resources: {},
      Placement: {},
      Networks: [{ Target: 'app_default', Aliases: ['web'] }],
    },
    Mode: { Replicated: {} },
    EndpointSpec: {},
  })
  assert.deepEqual(plan.networks.own, [{ Name: 'app_default', Driver: 'overlay', Labels: labels }])
  assert.deepEqual(plan.warnings, [])
})

test('secrets and configs: from a file, from a variable, from the file itself', () => {
  const plan = planOf(
    [
      'services: {}',
      'secrets: {a: {file: a.txt}, b: {environment: TOKEN}, c: {external: true}}',
      'configs: {d: {content: "user=${TOKEN}"}}',
    ].join('\n'),
    { TOKEN: 'xyz' },
    { 'a.txt': 'alpha' },
  )
  const data = [...plan.secrets, ...plan.configs].map(({ Name, Data }) => [
    Name,
    Buffer.from(Data ?? '', 'base64').toString(),
  ])
  assert.deepEqual(data, [
    ['app_a', 'alpha'],
    ['app_b', 'xyz'],
    ['app_d', 'user=xyz'],
  ])
})

test('variables: the shell before .env, and what is missing is said', () => {
  const plan = planOf('services: {web: {image: "i:$A$B$C"}}', { A: '1' }, { '.env': 'A=9\nexport B="2" # two\n' })
  assert.equal(only(plan).image, 'i:12')
  assert.deepEqual(plan.warnings, ['The "C" variable is not set. Defaulting to a blank string.'])
})

test('environment: env_file below environment, and the shell for names without a value', () => {
  const file = 'services: {web: {image: i, env_file: v.env, environment: {B: "2", FROM_SHELL: , NOWHERE: }}}'
  const plan = planOf(file, { FROM_SHELL: 'yes' }, { 'v.env': 'A=1\n# no\nB=x\n\nC="as it is"\n' })
  const env = only(plan).spec.TaskTemplate.ContainerSpec?.Env
  assert.deepEqual(env, ['A=1', 'B=2', 'C="as it is"', 'FROM_SHELL=yes', 'NOWHERE'])
})

test('profiles: a service takes part when it has none, or one that is named', () => {
  const file = 'services: {a: {image: i}, b: {image: i, profiles: [debug]}, c: {image: i, profiles: [x, test]}}'
  const keys = (profiles: string): string[] =>
    planOf(file, { COMPOSE_PROFILES: profiles }).services.map(({ key }) => key)
  assert.deepEqual(keys(''), ['a'])
  assert.deepEqual(keys('test,other'), ['a', 'c'])
  assert.deepEqual(keys('*'), ['a', 'b', 'c'])
})

test('a stack’s name: the argument before the file, and one of the two', () => {
  const input = (text: string): Parameters<typeof planStack>[0] => ({
    files: [{ name: 'f', text }],
    env: {},
    directory: '/',
    read: () => undefined,
  })
  assert.equal(planStack(input('name: shop\nservices: {}')).name, 'shop')
  assert.equal(planStack(input('name: shop\nservices: {}'), 'other').name, 'other')
  assert.throws(() => planStack(input('services: {}')), /the stack has no name/)
  assert.throws(() => planStack(input('services: {}'), ' "'), /invalid stack name/)
})

test('merge keys: own before merged, the earlier before the later', () => {
  const file =
    'x-a: &a {image: a, user: ua}\nx-b: &b {image: b, hostname: hb}\nservices: {s: {<<: [*a, *b], user: mine}}'
  const { Image, User, Hostname } = only(planOf(file)).spec.TaskTemplate.ContainerSpec ?? {}
  assert.deepEqual([Image, User, Hostname], ['a', 'mine', 'hb'])
})

// The Compose files that are compared with the stock CLI: printed and read again, they mean the same.
const folder = resolve(import.meta.dirname, '../../../../test/labs/compose')
const env = { SET: 'value', EMPTY: '', YES: 'true', TAKEN_FROM_SHELL: 'shell', HOME: '/root' }
for (const name of readdirSync(folder).filter((file) => /^\d\d-[a-z]+\.yml$/.test(file))) {
  test(`what \`stack config\` prints means the same: ${name}`, () => {
    const path = join(folder, name)
    const read = (file: string): Uint8Array | undefined => {
      try {
        return readFileSync(file)
      } catch {
        return undefined
      }
    }
    const input = { files: [{ name, text: readFileSync(path, 'utf8') }], env, directory: dirname(path), read }
    const printed = printCompose(load(input).model)
    const escaped = printed.replaceAll('$', '$$$$')
    const again = { ...input, files: [{ name, text: escaped }] }
    const { warnings: _, ...before } = planStack(input, 'app')
    const { warnings: __, ...after } = planStack(again, 'app')
    assert.deepEqual(
      JSON.parse(JSON.stringify(after, withoutPlaces)),
      JSON.parse(JSON.stringify(before, withoutPlaces)),
    )
  })
}

const withoutPlaces = (key: string, value: unknown): unknown => (key === 'at' ? undefined : value)
