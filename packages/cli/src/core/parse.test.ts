import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKind } from '@essaim/base'
import { bool, list, number, text } from './flags.js'
import { parseWords } from './parse.js'

const flags = {
  all: bool('', { short: 'a' }),
  detach: bool('', { short: 'd', default: true }),
  env: list('', { short: 'e' }),
  name: text(''),
  tail: number('', { short: 'n' }),
}
const parse = (line: string, stop = false): object => {
  const { flags: values, args } = parseWords(flags, line.split(' '), stop)
  const { given, ...rest } = values
  return { ...rest, given: [...given], args }
}
const nothing = { all: false, detach: true, env: [], name: undefined, tail: undefined }

test('flags and arguments in every form', () => {
  assert.deepEqual(parse('x -a y'), { ...nothing, all: true, given: ['all'], args: ['x', 'y'] })
  assert.deepEqual(parse('--detach=false -ad'), { ...nothing, all: true, given: ['detach', 'all'], args: [] })
  assert.deepEqual(parse('-d=false'), { ...nothing, detach: false, given: ['detach'], args: [] })
  assert.deepEqual(parse('-eA=b --env C= -e D --name=a=b -n5'), {
    ...nothing,
    env: ['A=b', 'C=', 'D'],
    name: 'a=b',
    tail: 5,
    given: ['env', 'name', 'tail'],
    args: [],
  })
  assert.deepEqual(parse('- -- -a --name'), { ...nothing, given: [], args: ['-', '-a', '--name'] })
})

test('another program’s words are left alone', () => {
  assert.deepEqual(parse('-a box sh -c -d --x', true), {
    ...nothing,
    all: true,
    given: ['all'],
    args: ['box', 'sh', '-c', '-d', '--x'],
  })
})

test('a list of one command is not that of the next', () => {
  parse('-e A')
  assert.deepEqual(parse('x'), { ...nothing, given: [], args: ['x'] })
})

test('what is not understood is refused', () => {
  for (const [line, message] of [
    ['--nope', 'unknown flag: --nope'],
    ['-ax', "unknown shorthand flag: 'x' in -ax"],
    ['--name', 'flag needs an argument: --name'],
    ['-n', 'flag needs an argument: --tail'],
    ['--all=maybe', 'invalid argument "maybe" for --all: write true or false'],
    ['--tail=x', 'invalid argument "x" for --tail: write a number'],
    ['--constructor', 'unknown flag: --constructor'],
  ] as const) {
    assert.throws(
      () => parse(line),
      (error) => isKind(error, 'invalid') && error.code === 'cli.flag' && error.message === message,
    )
  }
})
