import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config, Secret } from '@essaim/api-types'
import { exampleTask } from '../fixture.js'
import { fileContents, type Materials } from './content.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const meta = { Version: { Index: 1 }, CreatedAt: '', UpdatedAt: '' }
const secret: Secret = { ...meta, ID: 's1', Spec: { Name: 'pw', Data: base64('hunter2') } }
const config: Config = {
  ...meta,
  ID: 'c1',
  Spec: {
    Name: 'conf',
    Data: base64('{{.Service.Name}} {{secret "password"}} {{env "A"}}'),
    Templating: { Name: 'golang' },
  },
}
const materials: Materials = {
  heard: true,
  secret: (id) => (id === 's1' ? secret : undefined),
  config: (id) => (id === 'c1' ? config : undefined),
}
const node = { id: 'node', hostname: 'vm', platform: {} }

void test('where files go, and who may read them', () => {
  const task = exampleTask(
    't',
    {},
    {
      Env: ['A=b'],
      Secrets: [{ SecretID: 's1', SecretName: 'pw', File: { Name: 'password', UID: '5', GID: '6', Mode: 0o400 } }],
      Configs: [
        { ConfigID: 'c1', ConfigName: 'conf', File: { Name: '/etc/app.conf' } },
        { ConfigID: 'c1', ConfigName: 'conf', File: { Name: 'app.conf' } },
      ],
    },
  )
  const files = fileContents(task, materials, node)
  assert.deepEqual(
    files.map(({ data, ...rest }) => ({ ...rest, text: data.toString() })),
    [
      { target: '/run/secrets/password', mode: 0o400, uid: 5, gid: 6, text: 'hunter2' },
      { target: '/etc/app.conf', mode: 0o444, uid: 0, gid: 0, text: 'web hunter2 b' },
      { target: '/app.conf', mode: 0o444, uid: 0, gid: 0, text: 'web hunter2 b' },
    ],
  )
})

void test('what is not here or cannot be is refused', () => {
  const missing = exampleTask('t', {}, { Secrets: [{ SecretID: 'x', SecretName: 'pw', File: { Name: 'a' } }] })
  assert.throws(() => fileContents(missing, materials, node), /unable to get secret from secret store: secret pw \(x\)/)
  const owner = exampleTask('t', {}, { Secrets: [{ SecretID: 's1', File: { Name: 'a', UID: 'root' } }] })
  assert.throws(() => fileContents(owner, materials, node), /invalid UID "root"/)
})
