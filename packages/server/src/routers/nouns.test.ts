import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { ProgressMessage, PullOptions, ServiceSpec } from '@essaim/api-types'
import { invalid, notFound } from '@essaim/base'
import { startServer } from '../test-support/server.js'

async function* pulling(): AsyncGenerator<ProgressMessage> {
  yield { status: 'Pulling', id: 'x' }
  throw new Error('connection lost')
}

test('an error within a pull is told in the stream, one before it by its status', async (t) => {
  const asked: PullOptions[] = []
  const { call } = await startServer(t, {
    images: {
      async pull(options) {
        asked.push(options)
        if (options.reference === 'none:latest') throw notFound('x', 'pull access denied for none')
        return pulling()
      },
    },
  })
  const auth = Buffer.from(JSON.stringify({ username: 'u', password: 'p' })).toString('base64url')
  const headers = { 'X-Registry-Auth': auth }
  const begun = await call('POST', '/images/create?fromImage=reg:5000/a/b&tag=1', { headers })
  assert.equal(begun.status, 200)
  assert.equal(
    begun.text,
    '{"status":"Pulling","id":"x"}\r\n{"errorDetail":{"message":"connection lost"},"error":"connection lost"}\r\n',
  )
  assert.deepEqual(asked, [{ reference: 'reg:5000/a/b:1', auth: { username: 'u', password: 'p' } }])
  const refused = await call('POST', '/images/create?fromImage=none&tag=latest')
  assert.equal(refused.status, 404)
  const bad = await call('POST', '/images/create?fromImage=x', { headers: { 'X-Registry-Auth': '!!!' } })
  assert.equal(bad.status, 400)
  assert.doesNotMatch(bad.text, /!!!/)
})

test('loading rubbish is 200 with the error in the stream', async (t) => {
  const { call } = await startServer(t, {
    images: {
      async load(tar) {
        throw invalid('x', `not an archive: ${await text(tar)}`)
      },
    },
  })
  const reply = await call('POST', '/images/load', { body: 'rubbish' })
  assert.equal(reply.status, 200)
  assert.match(reply.text, /^\{"errorDetail":\{"message":"not an archive: rubbish"\}/)
})

test('names of images keep their slashes, names of networks their blanks', async (t) => {
  const { call } = await startServer(t, {
    images: { history: async (ref) => [{ Id: ref, Created: 0, CreatedBy: '', Tags: [], Size: 0, Comment: '' }] },
    networks: { inspect: async (ref, options) => ({ Name: ref, ...options }) },
  })
  assert.match((await call('GET', '/images/reg.example:5000/a/b:1/history')).text, /"Id":"reg.example:5000\/a\/b:1"/)
  const network = await call('GET', '/networks/my%20net?verbose=true&scope=swarm')
  assert.deepEqual(network.json, { Name: 'my net', verbose: true, scope: 'swarm', IPAM: { Options: null } })
})

test("events carry the fields of before 1.22 for containers and images, and no image's create before 1.46", async (t) => {
  const { call } = await startServer(t, {
    system: {
      async events() {
        return (async function* () {
          yield { Type: 'container', Action: 'start', Actor: { ID: 'c', Attributes: { image: 'i' } } } as const
          yield { Type: 'image', Action: 'create', Actor: { ID: 'x' } } as const
          yield { Type: 'network', Action: 'create', Actor: { ID: 'n' } } as const
        })()
      },
    },
  })
  const lines = (await call('GET', '/v1.41/events')).text.trimEnd().split('\n')
  assert.deepEqual(lines, [
    '{"status":"start","id":"c","from":"i","Type":"container","Action":"start","Actor":{"ID":"c","Attributes":{"image":"i"}}}',
    '{"Type":"network","Action":"create","Actor":{"ID":"n"}}',
  ])
})

test('images are listed as the version knew them', async (t) => {
  const image = {
    Id: 'sha256:1',
    ParentId: '',
    RepoTags: [],
    RepoDigests: [],
    Created: 1,
    Size: 5,
    SharedSize: -1,
    Labels: {},
    Containers: 2,
  }
  const { call } = await startServer(t, { images: { list: async () => [image] } })
  assert.deepEqual((await call('GET', '/images/json')).json, [{ ...image, Labels: null }])
  assert.deepEqual((await call('GET', '/v1.41/images/json')).json, [
    {
      ...image,
      Labels: null,
      RepoTags: ['<none>:<none>'],
      RepoDigests: ['<none>@<none>'],
      Containers: -1,
      VirtualSize: 5,
    },
  ])
})

test("a service's update takes its version and options, and old specs say where their networks are", async (t) => {
  const seen: { spec: ServiceSpec; version: number; rollback: boolean; registryAuthFrom: string }[] = []
  const { call } = await startServer(t, {
    services: {
      async update(_ref, options) {
        seen.push(options)
        return { Warnings: [] }
      },
    },
  })
  const body = { Name: 'web', Networks: [{ Target: 'n' }], TaskTemplate: { ContainerSpec: { Sysctls: { a: 'b' } } } }
  await call('POST', '/v1.39/services/web/update?version=7&rollback=previous', { body })
  assert.deepEqual(seen, [
    {
      version: 7,
      rollback: true,
      registryAuthFrom: 'spec',
      spec: { Name: 'web', TaskTemplate: { ContainerSpec: {}, Networks: [{ Target: 'n' }] } },
    },
  ])
  const bad = await call('POST', '/services/web/update?version=q', { body })
  assert.equal(bad.status, 400)
  assert.equal((await call('POST', '/services/web/update?version=1&rollback=x', { body })).status, 400)
})

test('a file of a container comes with what it is in a header', async (t) => {
  const stat = { name: 'a', size: 1, mode: 420, mtime: '2026-01-01T00:00:00Z', linkTarget: '' }
  const { call } = await startServer(t, { containers: { statPath: async () => stat } })
  const reply = await call('HEAD', '/containers/c/archive?path=/a')
  const header = String(reply.headers['x-docker-container-path-stat'])
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64').toString()), stat)
  assert.deepEqual((await call('GET', '/containers/c/archive')).json, { message: 'bad parameter: pathcannot be empty' })
})

test('what is not supported is refused with a way on; there are no plugins', async (t) => {
  const { call } = await startServer(t, {})
  const build = await call('POST', '/build')
  assert.equal(build.status, 501)
  assert.match(build.text, /"hint":/)
  assert.equal((await call('POST', '/containers/c/checkpoints')).status, 501)
  assert.equal((await call('POST', '/session')).status, 501)
  assert.deepEqual((await call('GET', '/plugins')).json, [])
  assert.equal((await call('POST', '/build/prune')).status, 501)
})

test('a reader that gives up within a large body can still answer', async (t) => {
  const { call } = await startServer(t, {
    images: {
      async load(tar) {
        for await (const chunk of tar as AsyncIterable<Buffer>) throw invalid('x', `bad after ${chunk.length > 0}`)
        return (async function* () {})()
      },
    },
  })
  const reply = await call('POST', '/images/load', { body: 'x'.repeat(50_000_000) })
  assert.match(reply.text, /bad after true/)
  assert.equal((await call('GET', '/_ping')).status, 200)
})
