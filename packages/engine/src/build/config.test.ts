import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges } from './config.js'
import { expand, expandDocument } from './expand.js'
import { splitWords } from './words.js'

test('changes of commit and import', () => {
  const changes = [
    'CMD a b',
    'ENV A=b C="d e" F=\\ g',
    'EXPOSE 80 90-91/udp',
    'LABEL x=y',
    'WORKDIR /a',
    'WORKDIR b',
    'VOLUME ["/v"]',
    'USER u',
    'ENTRYPOINT ["x"]',
    'HEALTHCHECK --interval=1m30s --retries=2 CMD curl x',
  ]
  assert.deepEqual(applyChanges({ Env: ['A=old'] }, changes), {
    Env: ['A=b', 'C=d e', 'F= g'],
    Cmd: ['/bin/sh', '-c', 'a b'],
    ExposedPorts: { '80/tcp': {}, '90/udp': {}, '91/udp': {} },
    Labels: { x: 'y' },
    WorkingDir: '/a/b',
    Volumes: { '/v': {} },
    User: 'u',
    Entrypoint: ['x'],
    Healthcheck: { Interval: 90e9, Retries: 2, Test: ['CMD-SHELL', 'curl x'] },
  })
  assert.deepEqual(applyChanges({ Cmd: ['x'] }, ['ENTRYPOINT ["e"]']), { Entrypoint: ['e'] })
  assert.deepEqual(applyChanges({}, ['ENV a b c']), { Env: ['a=b c'] })
  assert.deepEqual(applyChanges({}, ['HEALTHCHECK NONE']), { Healthcheck: { Test: ['NONE'] } })
  assert.throws(() => applyChanges({}, ['RUN x']), { message: 'run is not a valid change command' })
  assert.throws(() => applyChanges({}, ['ENV a']), { message: 'ENV must have two arguments' })
})

test('words and variables', () => {
  assert.deepEqual(splitWords(`a "b c" d\\ e 'f g'h`), ['a', '"b c"', 'd\\ e', "'f g'h"])
  const variables = (name: string): string | undefined => ({ a: '1', empty: '', file: 'a.b.c' })[name]
  const cases: [string, string][] = [
    ['$a-${a}', '1-1'],
    ["'$a'", '$a'],
    ['"$a b"', '1 b'],
    ['\\$a', '$a'],
    ['${none:-x$a}', 'x1'],
    ['${empty:-y}|${empty-y}', 'y|'],
    ['${a:+z}|${none:+z}', 'z|'],
    ['$none.', '.'],
    ['a$', 'a$'],
    ['${file#*.}|${file##*.}|${file%.*}|${file%%.*}', 'b.c|c|a.b|a'],
    ['${file/./-}|${file//./-}|${file/b*/}|${file#\\*}|${none#x}', 'a-b.c|a-b-c|a.|a.b.c|'],
  ]
  for (const [text, expected] of cases) assert.equal(expand(text, variables), expected, text)
  assert.equal(expandDocument('"$a" \\$a \\n', variables), '"1" $a \\n')
  assert.throws(() => expand('${none:?gone}', variables), { message: 'none: gone' })
  assert.equal(expand('`$a\\b', variables, '`'), '$a\\b')
  assert.throws(() => expand('${file#' + '*a'.repeat(9) + '}', () => 'a'.repeat(9000)), /too long for a pattern/)
  assert.throws(() => expand('"a', variables), /double-quote/)
})
