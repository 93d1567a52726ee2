import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Client } from '@essaim/client'
import { busyboxImage, eventually, labImages, TestDaemon } from '@essaim/testing'
import { SeededRandom } from './random.js'

const kills = Number(process.env['ESSAIM_FAULT_OUTPUT_KILLS'] ?? 6)

/** How many lines each writes; the writers differ in speed, in streams, and in when they end. */
const writers = {
  bursts: { lines: 40_000, script: (n: number) => loop(n, '[ $((i%200)) = 0 ] && usleep 20000') },
  steady: { lines: 2_000, script: (n: number) => loop(n, 'usleep 1000') },
  // Ends while the daemon is down, more likely than not.
  short: { lines: 5_000, script: (n: number) => loop(n, '[ $((i%1000)) = 0 ] && usleep 100000') },
}

const loop = (lines: number, pause: string): string =>
  `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo $i; [ $((i%10)) = 0 ] && echo $i >&2; ${pause}; done; printf end`

void test(`not one line is lost or doubled over ${kills} kills`, { timeout: 300_000 }, async () => {
  await using daemon = await TestDaemon.start({ name: 'output', subnet: 63 })
  const client = connect(daemon.host)
  const archive = Readable.from(await busyboxImage(labImages.busybox))
  for await (const { error } of client.images.load(archive, { quiet: true })) assert.equal(error, undefined)
  for (const [name, { lines, script }] of Object.entries(writers)) {
    await client.containers.create({ Image: 'busybox', Cmd: ['sh', '-c', script(lines)] }, { name })
    await client.containers.start(name)
  }
  const random = new SeededRandom(7)
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random.between(50, 700))
    await daemon.down('SIGKILL')
    await sleep(random.between(0, 500))
    await daemon.up()
  }
  for (const [name, { lines }] of Object.entries(writers)) {
    await eventually(`the end of ${name}`, async () => (await stateOf(client, name)) === 'exited', 120_000)
    const { stdout, stderr } = await logOf(client, name)
    const expected = Array.from({ length: lines }, (_, index) => String(index + 1))
    assert.deepEqual(stdout, [...expected, 'end'], `${name}: standard output`)
    assert.deepEqual(
      stderr,
      expected.filter((_, index) => (index + 1) % 10 === 0),
      `${name}: standard error`,
    )
    const { State } = await client.containers.inspect(name)
    assert.equal(State?.ExitCode, 0)
  }
})

async function stateOf(client: Client, name: string): Promise<string | undefined> {
  return (await client.containers.inspect(name)).State?.Status
}

async function logOf(client: Client, name: string): Promise<{ stdout: string[]; stderr: string[] }> {
  const text = { stdout: '', stderr: '' }
  for await (const { stream, data } of client.containers.logs(name, { stdout: true, stderr: true, tty: false })) {
    text[stream] += data.toString()
  }
  return { stdout: text.stdout.trimEnd().split('\n'), stderr: text.stderr.trimEnd().split('\n') }
}
