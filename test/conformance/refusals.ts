import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { repositoryRoot } from '@essaim/testing'
import type { Api } from './api.js'

/** One mistake and its answer: `400 POST /path?query {"body"}` and, on the next line, indented, Docker's message. */
interface Refusal {
  line: string
  status: number
  method: string
  path: string
  query: Record<string, string>
  body: unknown
  message: string
}

/** The tables of mistakes below `refusals/`, each a noun's. */
export function refusalsOf(name: string): Refusal[] {
  const text = readFileSync(join(repositoryRoot, 'test/conformance/refusals', `${name}.txt`), 'utf8')
  return [...text.matchAll(/^(\d{3}) (\w+) (\S+)(?: (.*))?\n {4}(.*)$/gm)].map((found) => {
    const [, status = '', method = '', target = '', body, message = ''] = found
    const [path = '', query = ''] = target.split(/\?(.*)/s)
    return {
      line: found[0].split('\n')[0] ?? '',
      status: Number(status),
      method,
      path: decodeURIComponent(path),
      query: Object.fromEntries(new URLSearchParams(query.replaceAll('+', '%2B'))),
      body: body === undefined ? undefined : (JSON.parse(body) as unknown),
      message,
    }
  })
}

/** Makes every mistake of a table, one subtest each. */
export async function makeMistakes(t: TestContext, api: Api, name: string): Promise<void> {
  for (const { line, status, message, method, path, query, body } of refusalsOf(name)) {
    await t.test(line, () => api.refused(status, message, method, path, { query, body }))
  }
}
