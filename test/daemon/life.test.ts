import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { docker, eventually, repositoryRoot, TestDaemon } from '@essaim/testing'

const program = join(repositoryRoot, 'bin/essaimd')

interface Ended {
  code: number | string | null | undefined
  stdout: string
  stderr: string
}

function essaimd(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr })
    })
  })
}

void test('help, version and wrong command lines answer without a daemon', async () => {
  const help = await essaimd('--help')
  assert.deepEqual([help.code, /Usage: {2}essaimd/.test(help.stdout)], [0, true])
  assert.match((await essaimd('--version')).stdout, /^Essaim version \d+\.\d+\.\d+\n$/)
  const wrong = await essaimd('--nosuch')
  assert.deepEqual([wrong.code, wrong.stderr], [125, "unknown flag: --nosuch\nSee 'essaimd --help'.\n"])
  const file = await essaimd('--config-file', '/nonexistent/daemon.json')
  assert.equal(file.code, 1)
  assert.match(file.stderr, /^unable to configure the daemon with file \/nonexistent\/daemon\.json: ENOENT/)
})

describe('a daemon', () => {
  let daemon: TestDaemon
  let config: string

  before(async () => {
    config = `/tmp/es-life-${process.pid}.json`
    writeFileSync(config, JSON.stringify({ labels: ['color=red'], 'insecure-registries': ['10.0.0.0/8'] }))
    daemon = await TestDaemon.start({ name: 'life', subnet: 164, flags: ['--config-file', config] })
  })

  after(async () => {
    await daemon[Symbol.asyncDispose]()
    rmSync(config, { force: true })
  })

  test('holds its roots and its pid file against a second one', async () => {
    const own = ['--exec-root', join(daemon.folder, 'other-run'), '--pidfile', join(daemon.folder, 'other.pid')]
    const sameData = await essaimd('--data-root', daemon.dataRoot, ...own)
    assert.equal(sameData.code, 1)
    assert.match(sameData.stderr, new RegExp(`another essaimd \\(process ${daemon.pid}\\) uses the data root`))
    const pidfile = join(daemon.folder, 'essaimd.pid')
    const samePid = await essaimd('--data-root', join(daemon.folder, 'other'), ...own.slice(0, 2), '--pidfile', pidfile)
    assert.match(samePid.stderr, /pid file found, ensure essaimd \(process \d+\) is not running or delete/)
    assert.equal(readFileSync(pidfile, 'utf8'), `${daemon.pid}\n`)
  })

  test('reads labels and registries again on SIGHUP, and keeps them when the file is wrong', async () => {
    const labels = (): Promise<string> => docker(daemon, 'info', '--format', '{{json .Labels}}')
    assert.equal(await labels(), '["color=red"]')
    writeFileSync(config, JSON.stringify({ labels: ['color=blue'] }))
    process.kill(daemon.pid ?? 0, 'SIGHUP')
    await eventually('the new label', async () => (await labels()) === '["color=blue"]', 10_000)
    writeFileSync(config, '{"nosuch": 1}')
    process.kill(daemon.pid ?? 0, 'SIGHUP')
    await eventually('a word on it', async () => /any configuration option: nosuch/.test(await daemon.log()), 10_000)
    assert.equal(await labels(), '["color=blue"]')
    writeFileSync(config, '{}')
  })

  test('ends cleanly on SIGTERM and SIGINT, and gives back what it held', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await daemon.down(signal)
      assert.equal(existsSync(join(daemon.folder, 'essaimd.pid')), false)
      assert.equal(existsSync(join(daemon.dataRoot, 'essaimd.lock')), false)
      await daemon.up()
    }
    const { enter } = daemon.net
    await daemon.down()
    const [command, ...words] = [...enter, program, '--data-root', daemon.dataRoot, '--exec-root', daemon.execRoot]
    const child = spawn(command, [...words, '-H', daemon.host], { stdio: 'ignore' })
    await eventually('the API', () => docker(daemon, 'version').then(() => true, String), 30_000)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
    await daemon.up()
  })

  test('is quick and small', async () => {
    const started = Date.now()
    await daemon.down('SIGKILL')
    await daemon.up()
    assert.ok(daemon.residentBytes() <= 110 * 2 ** 20, `${daemon.residentBytes() / 2 ** 20} MiB resident`)
    // Far above what it takes on a quiet machine (0.8 s), so that a busy one does not fail.
    assert.ok(Date.now() - started < 15_000)
  })
})
