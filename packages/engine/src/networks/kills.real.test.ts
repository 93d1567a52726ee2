import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isHost, Lab, runAsHost } from './lab/lab.js'

const kills = Number(process.env['ESSAIM_NETWORK_KILLS'] ?? 12)
/** How long a process may live at most (ms). */
const spell = Number(process.env['ESSAIM_NETWORK_SPELL'] ?? 900)
const seed = Number(process.env['ESSAIM_SEED'] ?? Date.now() % 100_000)

/** Runs the churning process for a while and kills it; answers how many cycles it made. */
async function runAndKill(root: string, round: number): Promise<number> {
  const program = new URL('./lab/churn.js', import.meta.url).pathname
  const child = spawn(process.execPath, [program, root, String(seed + round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const pause = 150 + ((seed * (round + 7)) % spell)
  // Every third is killed whenever it comes, the others once they have begun to churn.
  if (round % 3 !== 0) await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  await Promise.race([new Promise((resolve) => setTimeout(resolve, pause)), ended])
  assert.equal(child.exitCode, null, 'it ended by itself')
  child.kill('SIGKILL')
  await ended
  return said.split('\n').length
}

if (!isHost) {
  test('kills at random, on a host of their own', (t) => {
    const said = runAsHost(import.meta.filename, { ESSAIM_SEED: String(seed) })
    t.diagnostic(/\d+ cycles, \d+ kills/.exec(said)?.[0] ?? said)
  })
} else {
  test(`after ${kills} kills at random nothing is left over (seed ${seed})`, async () => {
    await using lab = new Lab()
    mkdirSync(join(lab.root, 'db'), { recursive: true })
    let cycles = 0
    for (let round = 0; round < kills; round++) cycles += await runAndKill(lab.root, round)
    assert.ok(cycles > kills, 'it did something')
    await lab.open()
    await lab.networks.sandboxes.adopt([])
    for (const { Id = '', Name = '' } of await lab.networks.list({ type: ['custom'] })) {
      await lab.networks.remove(Id, { name: 'test' })
      assert.match(Name, /^(one|two|lan|net-churn\d)$/)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.deepEqual(readdirSync(join(lab.root, 'exec', 'netns')), [])
    assert.deepEqual(readdirSync(join(lab.root, 'data', 'networks')), [])
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(lab.root))
    assert.doesNotMatch(execFileSync('ip', ['link', 'show'], { encoding: 'utf8' }), /veth|br-|dm-|names/)
    for (const family of ['ip', 'ip6']) {
      for (const map of ['published', 'udp_zones']) {
        const text = execFileSync('nft', ['list', 'map', family, 'essaim', map], { encoding: 'utf8' })
        assert.doesNotMatch(text, /elements/)
      }
    }
    console.log(`${cycles} cycles, ${kills} kills`)
  })
}
