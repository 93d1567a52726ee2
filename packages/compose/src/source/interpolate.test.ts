import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { interpolate, TemplateError } from './interpolate.js'

const values: Record<string, string> = { SET: 'value', EMPTY: '' }

function fill(template: string): string {
  return interpolate(template, { get: (name) => values[name], missing: () => undefined })
}

test('every form of reference', () => {
  const table: [string, string][] = [
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['a$SET.b', 'avalue.b'],
    ['$$SET $$', '$SET $'],
    ['$UNSET|${UNSET}', '|'],
    ['${UNSET:-d}${EMPTY:-d}${SET:-d}', 'ddvalue'],
    ['${UNSET-d}${EMPTY-d}${SET-d}', 'dvalue'],
    ['${UNSET:+x}${EMPTY:+x}${SET:+x}', 'x'],
    ['${UNSET+x}${EMPTY+x}${SET+x}', 'xx'],
    ['${EMPTY?why}${SET:?why}', 'value'],
    ['${UNSET:-${EMPTY:-$SET}}', 'value'],
    ['${UNSET:-a b: {"c"\\}', 'a b: {"c"\\'],
    ['${UNSET:-}', ''],
  ]
  for (const [template, filled] of table) assert.equal(fill(template), filled, template)
})

test('what is no reference is refused', () => {
  for (const wrong of ['$', '$ 5', '$1', '${', '${SET', '${}', '${ SET}', '${SET!}', '${EMPTY:?why}', '${UNSET?}']) {
    assert.throws(() => fill(wrong), TemplateError, wrong)
  }
})

test('text without a dollar stays, and a doubled dollar is one', () => {
  fc.assert(fc.property(fc.string(), (text) => fill(text.replaceAll('$', '$$$$')) === text))
})

test('a variable that is missing is told once for each place', () => {
  const told: string[] = []
  interpolate('$A ${B} ${C:-x} $A', { get: () => undefined, missing: (name) => told.push(name) })
  assert.deepEqual(told, ['A', 'B', 'A'])
})
