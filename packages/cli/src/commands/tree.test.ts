import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { isGroup } from '../core/command.js'
import { commandHelp } from '../core/help.js'
import { commands } from './tree.js'

const program = resolve(import.meta.dirname, '../../../../bin/essaim')
const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent/essaim.sock', ESSAIM_HOST: '' }

function type(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

test('every command has help with an example that begins as it is typed', async () => {
  for (const [noun, entry] of Object.entries(commands)) {
    const leaves = isGroup(entry) ? Object.entries(entry.commands) : [['', entry] as const]
    for (const [verb, leaf] of leaves) {
      const name = `${noun} ${verb}`.trim()
      const { default: command } = await leaf.load()
      const help = commandHelp(name, command)
      assert.match(help, /^Usage: essaim /, name)
      assert(
        command.examples.some((example) => /(^|\| )essaim /.test(example)),
        name,
      )
    }
  }
})

test('words that are not understood: what is wrong, what there is, and an exit code', () => {
  const cases: [words: string[], code: number, err: RegExp][] = [
    [['stakc'], 1, /"stakc" is not an essaim command\n {2}there is build, config, container/],
    [['stack', 'deplyo'], 1, /"stack deplyo" is not an essaim command\n {2}there is config, deploy/],
    [['stack', 'rm'], 1, /essaim stack rm takes at least 1 argument\n\nSee 'essaim stack rm --help'/],
    [['info', 'x'], 1, /essaim info takes no arguments/],
    [['ps', '--nope'], 125, /unknown flag: --nope\n\nSee 'essaim ps --help'/],
    [['-H', 'nonsense', 'ps'], 1, /invalid daemon address "nonsense"\n {2}write unix:/],
    [['ps'], 1, /Cannot connect to the daemon at unix:\/\/\/nonexistent\/essaim.sock. Is it running\?\n {2}start it/],
    [['stack', 'deploy', 'x'], 1, /no Compose file is given\n {2}name one with -c FILE/],
    [['stack', 'deploy', '-c', '/nonexistent.yml', 'x'], 1, /there is no file "\/nonexistent.yml"/],
    [['service', 'scale', 'web'], 1, /invalid scale specifier 'web'\n {2}write SERVICE=REPLICAS/],
    [['run', '-p', 'x:y', 'image'], 1, /invalid port "x:y"/],
    [['swarm', 'join-token', 'boss'], 1, /unknown role boss\n {2}write worker or manager/],
  ]
  for (const [words, code, err] of cases) {
    const got = type(...words)
    assert.match(got.err, err)
    assert.equal(got.code, code, words.join(' '))
    assert.equal(got.out, '')
  }
})

test('help is printed for nothing, for a noun, for a command, and with help in front', () => {
  assert.match(type().out, /Nouns, each with commands of its own:\n {2}stack/)
  assert.match(type('stack').out, /Usage: essaim stack COMMAND/)
  assert.match(type('help', 'stack', 'deploy').out, /Usage: essaim stack deploy \[OPTIONS\] \[STACK\]/)
  assert.match(type('exec', '--help').out, /Usage: essaim exec/)
  assert.match(type('--version').out, /^Essaim version \d/)
})
