import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerCreateRequest } from '@essaim/api-types'
import { startServer, type Reply } from '../test-support/server.js'

test('bodies that cannot be read are refused in words that say why', async (t) => {
  const { call } = await startServer(t, {})
  const create = (body: string, type = 'application/json'): Promise<Reply> =>
    call('POST', '/containers/create', { body, headers: { 'Content-Type': type } })
  const refused = async (reply: Promise<Reply>, message: string, status = 400): Promise<void> => {
    const { status: found, json } = await reply
    assert.deepEqual(json, { message })
    assert.equal(found, status)
  }
  await refused(create('{bad'), "invalid character 'b' looking for beginning of object key string")
  await refused(create('{"Image":'), 'unexpected EOF')
  await refused(create(' '), 'got EOF while reading request body')
  await refused(create('{}'), 'Config cannot be empty in order to create a container')
  await refused(create('{}', 'text/plain'), "Content-Type specified (text/plain) must be 'application/json'")
  await refused(
    create('{"Image":5}'),
    'json: cannot unmarshal number into Go struct field ContainerConfigWrapper.Image of type string',
  )
  await refused(
    create('{"HostConfig":{"Memory":"5"}}'),
    'json: cannot unmarshal string into Go struct field HostConfig.HostConfig.Memory of type int64',
  )
})

test('a body of 100 MB is refused, announced or not, and the connection stays in step', async (t) => {
  const { call } = await startServer(t, {})
  const body = `"${'x'.repeat(100_000_000)}"`
  const announced: Record<string, string> = {}
  for (const headers of [announced, { 'Transfer-Encoding': 'chunked' }]) {
    const reply = await call('POST', '/containers/create', { body, headers })
    assert.equal(reply.status, 413)
    assert.deepEqual(reply.json, { message: 'request body is too large: at most 16 MiB are accepted' })
  }
})

test('a create reads keys in any case, one string as a list, and older requests as they were meant', async (t) => {
  const seen: ContainerCreateRequest[] = []
  const { call } = await startServer(t, {
    containers: {
      async create(request) {
        seen.push(request)
        return { Id: 'abc', Warnings: [] }
      },
    },
  })
  const body = { image: 'x', cmd: 'true', MacAddress: '02:42:00:00:00:01', hostConfig: { PidsLimit: -1 } }
  const now = await call('POST', '/containers/create?name=a', { body })
  assert.equal(now.status, 201)
  assert.match(now.text, /MacAddress field is now deprecated/)
  const before = await call('POST', '/v1.39/containers/create', { body })
  assert.deepEqual(before.json, { Id: 'abc', Warnings: [] })
  const endpoints = { NetworkingConfig: { EndpointsConfig: { bridge: { MacAddress: '02:42:00:00:00:01' } } } }
  const common = { Image: 'x', Cmd: ['true'], MacAddress: '02:42:00:00:00:01', ...endpoints }
  assert.deepEqual(seen, [
    { ...common, HostConfig: {} },
    { ...common, HostConfig: { IpcMode: 'shareable' } },
  ])
})
