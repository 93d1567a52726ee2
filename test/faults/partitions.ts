import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '@essaim/client'
import { busyboxImage, docker, eventually, labImages, TestHosts, type TestHost } from '@essaim/testing'
import { inventory, settledInventory, without } from './inventory.js'
import { agreement } from './partitions/agreement.js'
import { Changes, serverOf } from './partitions/changes.js'
import { Cuts } from './partitions/cuts.js'
import { Slots } from './partitions/slots.js'
import { SeededRandom } from './random.js'

/** Ten partitions a minute by chance while services change; `npm run soak:partitions -- --minutes 10 --seed 7`. */

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes ?? 10)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const begun = Date.now()
const say = (text: string): void => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${text}`)
const violations: string[] = []

async function form(lab: TestHosts, manager: TestHost): Promise<void> {
  const image = join(manager.daemon.folder, 'busybox.tar')
  await writeFile(image, await busyboxImage(labImages.busybox))
  for (const host of lab.hosts) await docker(host, 'load', '-i', image)
  await docker(manager, 'swarm', 'init', '--advertise-addr', manager.address)
  const token = await docker(manager, 'swarm', 'join-token', '-q', 'worker')
  for (const host of lab.hosts.slice(1)) {
    await docker(host, 'swarm', 'join', '--token', token, `${manager.address}:2377`)
  }
}

/** What stays from the first service on is there before things are counted. */
async function warmUp(lab: TestHosts, manager: TestHost): Promise<void> {
  const client = connect(manager.host)
  await client.networks.create({ Name: 'first', Driver: 'overlay' })
  const spec = serverOf('app0', { network: 'first', replicas: 0, version: 0 })
  await client.services.create({ ...spec, Mode: { Global: {} } })
  await eventually('the first service on every host', async () => {
    const tasks = await client.tasks.list({ 'desired-state': ['running'] })
    return tasks.filter(({ Status }) => Status.State === 'running').length === lab.hosts.length
  })
  await client.services.remove('app0')
  await empty(lab)
  await eventually('the first network is removed', () => client.networks.remove('first').then(() => true, String))
}

/** No container is left, running or not. */
async function empty(lab: TestHosts): Promise<void> {
  for (const host of lab.hosts) {
    await eventually(`no container on ${host.hostname}`, async () => (await docker(host, 'ps', '-aq')) || true, 120_000)
  }
}

async function networksOf(host: TestHost): Promise<string> {
  return (await docker(host, 'network', 'ls', '--format', '{{.Name}}')).split('\n').toSorted().join(' ')
}

say(`seed ${seed}, ${minutes} minutes`)
// Where nobody answers to names: what is not in the cluster is refused at once.
const flags = ['--log-level', 'debug', '--dns', '10.198.147.253']
const lab = await TestHosts.start({ name: 'splits', subnet: 147, count: 4, flags })
try {
  const [manager, ...workers] = lab.hosts
  if (!manager) throw new Error('no host')
  await form(lab, manager)
  await warmUp(lab, manager)
  const before = await Promise.all(lab.hosts.map((host) => settledInventory(host.daemon)))
  const networksBefore = await Promise.all(lab.hosts.map(networksOf))
  say('a manager and three workers')

  const random = new SeededRandom(seed)
  const changes = new Changes(connect(manager.host), random)
  const cuts = new Cuts(manager, workers, new SeededRandom(seed + 1), say)
  const slots = new Slots(manager, lab.hosts, (host) => cuts.isApart(host))
  const watching = slots.watch()
  watching.catch(() => {})
  let isOver = false
  const cutting = cuts.run(minutes * 10, 6_000).finally(() => (isOver = true))
  cutting.catch(() => {})
  while (!isOver) {
    await changes.step()
    await sleep(random.between(200, 2_000))
  }
  await cutting
  say(`cuts ${JSON.stringify(cuts.counts)}, changes ${JSON.stringify(changes.counts)}`)
  let last: true | string = ''
  const agreed = async (): Promise<true | string> => {
    const now = await agreement(manager, lab.hosts, changes)
    if (now !== true && now !== last) say(`not yet: ${now}`)
    return (last = now)
  }
  await eventually('what is asked for everywhere', agreed, 60_000, 500)
  say(`desired equals observed: ${[...changes.services.keys()].join(' ') || 'no service'}`)
  slots.end()
  await watching
  violations.push(...new Set(slots.violations))
  say(`${slots.samples} looks at the slots; twice for at most ${slots.longestMs} ms after a session`)

  for (const name of [...changes.services.keys()]) await changes.remove(name)
  await empty(lab)
  for (const network of changes.networks) {
    await eventually(`${network} is removed`, () => changes.removeNetwork(network))
  }
  for (const [index, host] of lab.hosts.entries()) {
    await eventually(`nothing left over on ${host.hostname}`, async () => {
      const left = without(await inventory(host.daemon), before[index] ?? [])
      const networks = await networksOf(host)
      if (networks !== networksBefore[index]) left.push(`networks ${networks}`)
      return left.length === 0 || left.join('\n')
    })
  }
  say('nothing left over')
} catch (error) {
  violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
} finally {
  for (const host of lab.hosts) await writeFile(`/tmp/essaim-splits-${host.hostname}.log`, await host.daemon.log())
  await lab[Symbol.asyncDispose]()
}
for (const violation of violations) say(`VIOLATION: ${violation}`)
say(violations.length === 0 ? 'no violation' : `${violations.length} violations with seed ${seed}`)
process.exit(violations.length === 0 ? 0 : 1)
