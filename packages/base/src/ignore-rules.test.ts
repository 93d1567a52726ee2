import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IgnoreRules } from './ignore-rules.js'

void test('what a .dockerignore excludes', () => {
  const rules = IgnoreRules.parse(
    [
      '# comment',
      '',
      '*.md',
      '!README*.md',
      'README-secret.md',
      '/build/',
      '**/node_modules',
      'a/*/c',
      't?mp',
      'x[12]',
    ].join('\n'),
  )
  const cases: [string, boolean][] = [
    ['notes.md', true],
    ['sub/notes.md', false],
    ['README.md', false],
    ['README-secret.md', true],
    ['build/out/x', true],
    ['sub/build', false],
    ['node_modules/x', true],
    ['a/b/node_modules/x/y', true],
    ['a/b/c/d', true],
    ['a/b/d', false],
    ['temp', true],
    ['tmp', false],
    ['x1', true],
    ['x3', false],
    ['# comment', false],
  ]
  for (const [path, expected] of cases) assert.equal(rules.excludes(path), expected, path)
})

void test('all but some', () => {
  const rules = IgnoreRules.parse('*\n!src/**/*.ts\n!package.json\n')
  assert.deepEqual(
    ['src/a/b.ts', 'src/b.ts', 'src/c.js', 'package.json', 'other/package.json'].map((path) => rules.excludes(path)),
    [false, false, true, false, true],
  )
  assert.equal(rules.mayKeepBelow('src'), true)
  assert.equal(IgnoreRules.parse('x\n!x/y').mayKeepBelow('z'), false)
  assert.throws(() => IgnoreRules.parse('!'), /illegal exclusion pattern/)
  assert.throws(() => IgnoreRules.parse('a[b'), { message: 'syntax error in pattern: a[b' })
})
