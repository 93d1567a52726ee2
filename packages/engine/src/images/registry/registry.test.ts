import type { Filters, ImageSearchResult } from '@essaim/api-types'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { parseChallenge } from './auth.js'
import { endpointsOf, isInsecure, registryDefaults } from './endpoints.js'
import { Repository } from './repository.js'
import { search } from './search.js'

async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const basic = `Basic ${Buffer.from('user:word').toString('base64')}`
const settings = { actions: 'pull', certsFolders: ['/none'], signal: AbortSignal.timeout(10_000) }

test('mirrors come before the hub, plain HTTP after TLS and only where it is allowed', () => {
  const options = { ...registryDefaults, mirrors: ['http://mirror:5000/'], insecure: ['10.0.0.0/8', 'plain:5000'] }
  const urls = (domain: string): string[] => endpointsOf(domain, options).map(({ url }) => url)
  assert.deepEqual(urls('docker.io'), ['http://mirror:5000', 'https://registry-1.docker.io'])
  assert.deepEqual(urls('ghcr.io'), ['https://ghcr.io'])
  for (const domain of ['10.1.2.3:5000', 'plain:5000', 'localhost', '127.8.0.1:1', '[::1]:5000']) {
    assert.deepEqual(urls(domain), [`https://${domain}`, `http://${domain}`])
  }
  assert.ok(!isInsecure('11.0.0.1', options.insecure))
  assert.ok(!isInsecure('plain:5001', options.insecure))
})

test('challenges are read', () => {
  assert.deepEqual(parseChallenge('Bearer realm="https://a/t",service="s"'), {
    scheme: 'bearer',
    realm: 'https://a/t',
    service: 's',
  })
  assert.deepEqual(parseChallenge('basic realm="x"'), { scheme: 'basic' })
  assert.equal(parseChallenge('Negotiate'), undefined)
})

test('a token is asked for with the credentials, and goes with every request', async () => {
  const asked: string[] = []
  const { server, url } = await serve((call, answer) => {
    const { pathname, searchParams } = new URL(call.url ?? '', 'http://x')
    if (pathname === '/token') {
      asked.push(`${searchParams.get('service')} ${searchParams.get('scope')} ${call.headers.authorization}`)
      return answer.end('{"token":"t1"}')
    }
    if (call.headers.authorization === 'Bearer t1') return answer.end('{"tags":["a","b"]}')
    answer.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="reg"` }).end()
  })
  try {
    const endpoint = { url, host: 'x', verify: true, mirror: false }
    const auth = { username: 'user', password: 'word' }
    using repository = await Repository.open(endpoint, 'a/b', { ...settings, auth })
    assert.deepEqual(await repository.tags(settings.signal), ['a', 'b'])
    assert.deepEqual(await repository.tags(settings.signal), ['a', 'b'])
    assert.deepEqual(asked, [`reg repository:a/b:pull ${basic}`])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('basic authentication; credentials stay with their registry', async () => {
  const seen: (string | undefined)[] = []
  const blobs = await serve((call, answer) => {
    seen.push(call.headers.authorization)
    answer.end('blob')
  })
  const { server, url } = await serve((call, answer) => {
    if (call.headers.authorization !== basic) {
      return answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{"errors":[]}')
    }
    answer.writeHead(307, { location: `${blobs.url}/elsewhere` }).end()
  })
  try {
    const endpoint = { url, host: 'x', verify: true, mirror: false }
    using repository = await Repository.open(endpoint, 'a', {
      ...settings,
      auth: { username: 'user', password: 'word' },
    })
    const { body } = await repository.blob('sha256:1', 0, settings.signal)
    assert.equal(Buffer.concat((await body.toArray()) as Buffer[]).toString(), 'blob')
    assert.deepEqual(seen, [undefined])
    using nobody = await Repository.open(endpoint, 'a', settings)
    await assert.rejects(nobody.blob('sha256:1', 0, settings.signal), {
      message: `Get "${url}/v2/a/blobs/sha256:1": no basic auth credentials`,
    })
  } finally {
    for (const one of [server, blobs.server]) {
      one.closeAllConnections()
      one.close()
    }
  }
})

test('a search asks the registry that its term names, and filters what that finds', async () => {
  const asked: string[] = []
  const results = [
    { name: 'team/app', description: 'An app', star_count: 3, is_official: false },
    { name: 'team/old', star_count: 1, is_official: true },
  ]
  const { server, url } = await serve((call, answer) => {
    asked.push(call.url ?? '')
    if (call.url?.includes('q=none')) return answer.writeHead(404).end()
    answer.end(JSON.stringify({ results }))
  })
  const host = new URL(url).host
  const find = (term: string, filters: Filters = {}): Promise<ImageSearchResult[]> =>
    search(registryDefaults, { term: `${host}/${term}`, filters })
  try {
    const app = { ...results[0], is_automated: false }
    assert.deepEqual(await find('team', { stars: ['2'] }), [app])
    assert.deepEqual(asked, ['/v1/search?q=team&n=25'])
    assert.equal((await find('team', { 'is-official': ['true'] }))[0]?.name, 'team/old')
    await assert.rejects(find('none'), { message: 'Unexpected status code 404' })
    await assert.rejects(find('x', { nosuch: ['1'] }), { message: "Invalid filter 'nosuch'" })
    await assert.rejects(search(registryDefaults, { term: 'x', limit: 500, filters: {} }), {
      message: 'Limit 500 is outside the range of [1, 100]',
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
