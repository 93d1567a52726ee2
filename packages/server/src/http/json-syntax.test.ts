import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syntaxError } from './json-syntax.js'

const cases: [text: string, error: string][] = [
  ['{bad', "invalid character 'b' looking for beginning of object key string"],
  ['{"a":1', 'unexpected EOF'],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['x', "invalid character 'x' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ['{"a":[{"b":}]}', "invalid character '}' looking for beginning of value"],
]

for (const [text, error] of cases) {
  test(`refuses ${text} in Go's words`, () => {
    assert.throws(() => JSON.parse(text))
    assert.equal(syntaxError(text), error)
  })
}
