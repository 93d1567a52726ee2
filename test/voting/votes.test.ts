import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { docker, essaim, eventually, repositoryRoot, TestDaemon } from '@essaim/testing'
import { Voters } from './voters.js'

const run = promisify(execFile)
const example = join(repositoryRoot, 'examples/voting')
const images = join(repositoryRoot, '.cache/example-images')
const votes = 1000
const everyMs = 30

describe('the voting example', () => {
  let daemon: TestDaemon
  let voters: Voters

  before(async () => {
    await run(join(example, 'images/build'), [images])
    if (!existsSync(join(example, 'db_password.txt'))) {
      writeFileSync(join(example, 'db_password.txt'), 'for the test\n', { mode: 0o600 })
    }
    daemon = await TestDaemon.start({ name: 'votes', subnet: 90 })
    for (const name of ['redis', 'db', 'vote', 'worker', 'result']) {
      await essaim(daemon, 'image', 'load', '-i', join(images, `${name}.tar`))
    }
    await essaim(daemon, 'swarm', 'init', '--advertise-addr', daemon.net.address)
    await essaim(daemon, 'stack', 'deploy', '-c', join(example, 'docker-compose.yml'), 'voting')
    await replicas('vote', 2)
    await replicas('result', 1)
    await replicas('worker', 1)
    voters = new Voters(`http://${daemon.net.address}:5000/`)
  })

  after(() => daemon[Symbol.asyncDispose]())

  test('1,000 votes through scaling, an update and a killed worker: none fails, each counts', async () => {
    await voters.voteDuring(
      votes,
      everyMs,
      disturb(async () => {}),
    )
    assert.deepEqual(voters.failures, [])
    assert.ok(voters.servedBy.size >= 6, `served by ${voters.servedBy.size} tasks`)
    await counted(votes)
  })

  test('1,000 more while essaimd is killed in the middle of each: none fails, each counts', async () => {
    await voters.voteDuring(2 * votes, everyMs, disturb(killDaemon))
    assert.deepEqual(voters.failures, [])
    await counted(2 * votes)
  })

  /** What happens meanwhile; `inTheMiddle` comes while each is under way. */
  async function disturb(inTheMiddle: () => Promise<void>): Promise<void> {
    await docker(daemon, 'service', 'scale', '-d', 'voting_vote=6')
    await inTheMiddle()
    await replicas('vote', 6)
    await docker(daemon, 'service', 'scale', '-d', 'voting_vote=2')
    await inTheMiddle()
    await replicas('vote', 2)
    await docker(daemon, 'service', 'update', '-d', '--env-add', `ROUND=${Date.now()}`, 'voting_vote')
    await sleep(300)
    await inTheMiddle()
    await eventually('the update', async () => {
      const state = await docker(daemon, 'service', 'inspect', '-f', '{{.UpdateStatus.State}}', 'voting_vote')
      return state === 'completed' ? true : state
    })
    const worker = await docker(daemon, 'ps', '-q', '--filter', 'label=com.docker.swarm.service.name=voting_worker')
    await docker(daemon, 'kill', worker)
    await inTheMiddle()
    await eventually('a new worker', async () => {
      const now = await docker(daemon, 'ps', '-q', '--filter', 'label=com.docker.swarm.service.name=voting_worker')
      return now !== '' && !now.includes(worker) ? true : now
    })
  }

  async function killDaemon(): Promise<void> {
    await daemon.down('SIGKILL')
    await daemon.up()
  }

  async function replicas(service: string, count: number): Promise<void> {
    await eventually(`${count} replicas of ${service}`, async () => {
      const name = `voting_${service}`
      const shown = await docker(daemon, 'service', 'ls', '--format', '{{.Replicas}}', '--filter', `name=${name}`)
      return shown === `${count}/${count}` ? true : shown
    })
  }

  async function counted(total: number): Promise<void> {
    await eventually(`${total} counted votes`, async () => {
      const answer = await fetch(`http://${daemon.net.address}:5001/api`)
      const text = await answer.text()
      return answer.ok && (JSON.parse(text) as { total: number }).total >= total ? true : text
    })
    await sleep(1000)
    const tally = (await (await fetch(`http://${daemon.net.address}:5001/api`)).json()) as { total: number }
    assert.equal(tally.total, total)
  }
})
