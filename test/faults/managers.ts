import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '@essaim/client'
import { busyboxImage, docker, eventually, TestHosts, type TestHost } from '@essaim/testing'
import { lost, Writer } from '../cluster/writer.js'
import { SeededRandom } from './random.js'

/** Faults by chance on three managers that are written to and read from; `npm run faults -- --minutes 5 --seed 7`. */

interface Fault {
  name: string
  run(host: TestHost, others: TestHost[]): Promise<void>
}

const seconds = (count: number): Promise<void> => sleep(count * 1000)

const faults: Fault[] = [
  {
    name: 'daemon killed',
    async run(host) {
      await host.daemon.kill()
      await seconds(random.between(0, 4))
      await host.daemon.up()
    },
  },
  {
    name: 'daemon stopped',
    async run(host) {
      await host.daemon.down()
      await seconds(random.between(0, 3))
      await host.daemon.up()
    },
  },
  {
    name: 'etcd killed',
    async run(host) {
      const pid = await readFile(join(host.daemon.dataRoot, 'swarm/etcd/etcd.pid'), 'utf8')
      process.kill(Number(pid), 'SIGKILL')
      await seconds(1)
    },
  },
  {
    name: 'cut off',
    async run(host) {
      await host.cut()
      await seconds(random.between(1, 10))
      await host.heal()
    },
  },
  {
    name: 'cut one way',
    async run(host, others) {
      const to = random.pick(others)
      if (to) await host.cutTo(to)
      await seconds(random.between(1, 8))
      await host.heal()
    },
  },
  {
    name: 'slow',
    async run(host) {
      await host.slow({ rate: '2mbit', lossPercent: 10 })
      await seconds(random.between(2, 8))
      await host.heal()
    },
  },
  {
    name: 'without power',
    async run(host) {
      await host.powerOff()
      await seconds(random.between(0, 5))
      await host.powerOn()
    },
  },
]

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes ?? 5)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const random = new SeededRandom(seed)
const begun = Date.now()
const say = (text: string): void => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${text}`)
const violations: string[] = []

/** What was seen through a manager is seen through it ever after. */
async function read(host: TestHost, ended: () => boolean): Promise<void> {
  const client = connect(host.host)
  let seen = new Set<string>()
  while (!ended()) {
    try {
      const now = new Set((await client.configs.list()).map(({ Spec }) => Spec.Name))
      const gone = [...seen].filter((name) => !now.has(name))
      if (gone.length > 0)
        violations.push(`reads through ${host.hostname} went backwards: ${gone.slice(0, 5).join(' ')}`)
      seen = now
    } catch {
      // It is down, or knows of no leader.
    }
    await sleep(1000)
  }
}

async function managers(lab: TestHosts): Promise<void> {
  const [first, ...rest] = lab.hosts
  if (!first) throw new Error('no host')
  const image = join(first.daemon.folder, 'alpine.tar')
  await writeFile(image, await busyboxImage({ tags: ['alpine:latest'], config: {} }))
  for (const host of lab.hosts) await docker(host, 'load', '-i', image)
  await docker(first, 'swarm', 'init', '--advertise-addr', first.address)
  const token = await docker(first, 'swarm', 'join-token', '-q', 'manager')
  for (const host of rest) await docker(host, 'swarm', 'join', '--token', token, `${first.address}:2377`)
  await docker(first, 'service', 'create', '-d', '--name', 'web', '--replicas', '6', 'alpine', 'sleep', '100000')
}

async function settled(lab: TestHosts): Promise<void> {
  for (const host of lab.hosts) {
    await eventually(
      `${host.hostname} sees all managers`,
      async () => {
        const seen = await docker(host, 'node', 'ls', '--format', '{{.Status}}:{{.ManagerStatus}}').catch(String)
        return seen.split('\n').toSorted().join() === 'Ready:Leader,Ready:Reachable,Ready:Reachable' || seen
      },
      120_000,
      500,
    )
  }
}

/** At the end what is wanted is what runs, on all hosts together. */
async function running(lab: TestHosts): Promise<void> {
  await eventually(
    'six containers run',
    async () => {
      const lists = await Promise.all(
        lab.hosts.map((host) => docker(host, 'ps', '--format', '{{.Names}}', '--filter', 'name=web.')),
      )
      const slots = lists.flatMap((list) => list.split('\n').filter(Boolean)).map((name) => name.split('.')[1])
      return (slots.length === 6 && new Set(slots).size === 6) || slots.join(' ')
    },
    120_000,
    500,
  )
}

say(`seed ${seed}, ${minutes} minutes`)
const lab = await TestHosts.start({ name: 'faults', subnet: 146, count: 3 })
try {
  await managers(lab)
  await settled(lab)
  say('three managers')
  let isOver = false
  const writers = lab.hosts.map((host) => new Writer(host.host, `${host.hostname}-`, 150))
  const readers = lab.hosts.map((host) => read(host, () => isOver))
  for (const end = Date.now() + minutes * 60_000; Date.now() < end;) {
    const host = random.pick(lab.hosts)
    const fault = random.pick(faults)
    if (!host || !fault) continue
    say(`${host.hostname}: ${fault.name}`)
    await fault.run(
      host,
      lab.hosts.filter((each) => each !== host),
    )
    await seconds(random.between(0, 6))
  }
  await settled(lab)
  isOver = true
  await Promise.all([...writers.map((writer) => writer.stop()), ...readers])
  for (const writer of writers) {
    say(
      `${writer.acknowledged.length} writes acknowledged, ${writer.refused.length} not; longest gap ${writer.longestGapMs} ms`,
    )
    for (const host of lab.hosts) {
      const gone = await lost(host.host, writer)
      if (gone.length > 0)
        violations.push(`acknowledged, and not seen through ${host.hostname}: ${gone.slice(0, 5).join(' ')}`)
    }
  }
  await running(lab)
} catch (error) {
  violations.push(error instanceof Error ? error.message : String(error))
} finally {
  for (const host of lab.hosts) await writeFile(`/tmp/essaim-faults-${host.hostname}.log`, await host.daemon.log())
  await lab[Symbol.asyncDispose]()
}
for (const violation of violations) say(`VIOLATION: ${violation}`)
say(violations.length === 0 ? 'no violation' : `${violations.length} violations with seed ${seed}`)
process.exitCode = violations.length === 0 ? 0 : 1
