import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './log.js'

test('one line an entry, quoted where needed, below the level nothing', () => {
  const lines: string[] = []
  const logger = createLogger('info', (line) => lines.push(line)).child({ node: 'n1' })
  logger.debug('unseen')
  logger.warn('two words', { path: '/run/x', text: 'a "b"\nc', missing: undefined })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^time=\S+ level=warn msg="two words" node=n1 path=\/run\/x text="a \\"b\\"\\nc"\n$/)
})
