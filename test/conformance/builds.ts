import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { pack } from 'tar-stream'
import { type Api, at, linesOf } from './api.js'
import { makeMistakes } from './refusals.js'

const headers = { 'Content-Type': 'application/x-tar' }

export async function builds(t: TestContext, api: Api): Promise<void> {
  await t.test('an image from a Dockerfile, with all that is said of it', async () => {
    const raw = await context({ Dockerfile: 'FROM busybox\nARG A\nRUN echo "$A" >/a\nCOPY f /f\n', f: 'x\n' })
    const query = { t: 'conf-build:a', buildargs: '{"A":"b"}', labels: '{"l":"m"}', rm: '1', memory: '67108864' }
    const answer = await api.call('POST', '/build', { raw, headers, query })
    assert.equal(answer.status, 200)
    const lines = linesOf(answer.body)
    const said = lines.map((line) => (line as { stream?: string }).stream ?? '').join('')
    assert.match(said, /Successfully built [0-9a-f]{12}\nSuccessfully tagged conf-build:a\n$/)
    const image = await api.ok('GET', '/images/conf-build:a/json')
    assert.equal(
      at(
        lines.find((line) => at(line, 'aux') !== undefined),
        'aux',
        'ID',
      ),
      at(image, 'Id'),
    )
    assert.deepEqual(at(image, 'Config', 'Labels'), { l: 'm' })
    const again = await api.call('POST', '/build', { raw: gzipSync(raw), headers, query: { ...query, q: '1' } })
    assert.deepEqual(linesOf(again.body), [{ stream: `${String(at(image, 'Id'))}\n` }])
  })

  await t.test('what fails after the head is in the stream, with the exit code', async () => {
    const raw = await context({ Dockerfile: 'FROM busybox\nRUN exit 4\n' })
    const answer = await api.call('POST', '/build', { raw, headers })
    assert.equal(answer.status, 200)
    assert.equal(at(linesOf(answer.body).at(-1), 'errorDetail', 'code'), 4)
  })

  await t.test('what is wrong before it is a refusal', async () => {
    const refused = async (dockerfile: string, message: RegExp): Promise<void> => {
      const raw = await context({ Dockerfile: dockerfile })
      await api.refused(400, message, 'POST', '/build', { raw, headers })
    }
    await refused('FROM busybox\nRUM x\n', /^dockerfile parse error line 2: unknown instruction: RUM$/)
    await refused('FROM busybox\nCOPY x\n', /^dockerfile parse error line 2: COPY requires at least two arguments/)
    await refused(' \n', /cannot be empty/)
    const whole = await context({ Dockerfile: 'FROM busybox\n', big: 'x'.repeat(10_000) })
    const cut = { raw: whole.subarray(0, 3_000), headers }
    await api.refused(400, /^Error processing tar file\(exit status 1\): unexpected EOF$/, 'POST', '/build', cut)
    const damaged = { raw: gzipSync(whole).subarray(0, 40), headers }
    await api.refused(400, /^Error processing tar file/, 'POST', '/build', damaged)
  })

  await t.test('options', (inner) => makeMistakes(inner, api, 'builds'))

  await t.test('the cache is forgotten', async () => {
    assert.ok(Array.isArray(at(await api.ok('POST', '/build/prune', { query: { all: '1' } }), 'CachesDeleted')))
    await api.ok('DELETE', '/images/conf-build:a')
    assert.equal(at(await api.ok('POST', '/build/prune'), 'SpaceReclaimed'), 0)
  })
}

async function context(files: Record<string, string>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  tar.finalize()
  return await buffer(tar)
}
