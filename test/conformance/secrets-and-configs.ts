import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function secretsAndConfigs(t: TestContext, api: Api): Promise<void> {
  for (const noun of ['secret', 'config'] as const) {
    await t.test(noun, async () => {
      const body = { Name: `conf-${noun}`, Labels: { a: 'b' }, Data: Buffer.from('hidden').toString('base64') }
      const answer = await api.call('POST', `/${noun}s/create`, { body })
      assert.equal(answer.status, 201)
      const id = String(at(answer.json, 'ID'))
      const path = `/${noun}s/${id}`
      const found = await api.ok('GET', path)
      assert.equal(at(found, 'Spec', 'Name'), body.Name)
      assert.equal(at(found, 'Spec', 'Data'), noun === 'secret' ? undefined : body.Data)
      const filters = JSON.stringify({ name: [body.Name], label: ['a=b'] })
      assert.deepEqual(await api.ok('GET', `/${noun}s`, { query: { filters } }), [found])
      const version = String(at(found, 'Version', 'Index'))
      const spec = { Name: body.Name, Labels: { c: 'd' } }
      await api.ok('POST', `${path}/update`, { query: { version }, body: spec })
      assert.deepEqual(at(await api.ok('GET', path), 'Spec', 'Labels'), { c: 'd' })
      await api.refused(500, /update out of sequence/, 'POST', `${path}/update`, { query: { version }, body: spec })
      await api.refused(409, new RegExp(`${noun} conf-${noun} already exists`), 'POST', `/${noun}s/create`, { body })
      assert.equal((await api.call('DELETE', path)).status, 204)
      await api.refused(404, `${noun} ${id} not found`, 'GET', path)
    })
  }
}
