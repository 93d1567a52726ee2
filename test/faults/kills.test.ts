import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { connect, type Client } from '@essaim/client'
import { busyboxImage, eventually, labImages, TestDaemon } from '@essaim/testing'
import { inventory, settledInventory, without } from './inventory.js'
import { SeededRandom } from './random.js'
import { ChanceScript } from './script.js'
import { specOf, wantedIn, type Wanted } from './wanted.js'

const kills = Number(process.env['ESSAIM_FAULT_KILLS'] ?? 20)
const seed = Number(process.env['ESSAIM_FAULT_SEED'] ?? 1)

void test(`${kills} kills while services come, change and go (seed ${seed})`, { timeout: 900_000 }, async (t) => {
  await using daemon = await TestDaemon.start({ name: 'kills', subnet: 61, flags: ['--log-level', 'debug'] })
  const client = connect(daemon.host)
  try {
    await prepare(client)
    await warmUp(client)
    const before = await settledInventory(daemon)
    const random = new SeededRandom(seed)
    const answering = (): Promise<void> =>
      eventually('the API', () => client.system.version().then(() => true, String), 60_000)
    const script = new ChanceScript(client, random, answering)
    const killing = killAtRandom(daemon, new SeededRandom(seed + 1))
    try {
      while (!killing.over) await script.step()
    } finally {
      await killing.done
    }
    t.diagnostic(`${script.done} operations`)

    assert.deepEqual(await wantedIn(client), script.wanted, 'every acknowledged write is there, and nothing else')
    await eventually('the cluster as asked for', () => runsAsWanted(client, script.wanted), 120_000, 250)
    for (const name of script.wanted.keys()) await client.services.remove(name)
    await eventually('an empty engine', async () => (await containerNames(client)).join(' ') || true, 60_000)
    // containerd takes its time over a shim whose creation was cut off.
    await eventually('a host with nothing left over', async () => {
      const leftOver = without(await inventory(daemon), before)
      return leftOver.length === 0 || leftOver.join('\n')
    })
    assert.deepEqual(without(before, await inventory(daemon)), [], 'nothing is missing')
  } catch (error) {
    t.diagnostic((await daemon.log()).slice(-60_000))
    throw error
  }
})

async function prepare(client: Client): Promise<void> {
  const archive = Readable.from(await busyboxImage(labImages.busybox))
  for await (const message of client.images.load(archive, { quiet: true })) {
    assert.equal(message.error, undefined)
  }
  await client.swarm.init({ ListenAddr: '0.0.0.0:2377', AdvertiseAddr: '127.0.0.1' })
  await client.networks.create({ Name: 'faults', Driver: 'overlay' })
}

/** What stays from the first service on, such as docker_gwbridge, is there before things are counted. */
async function warmUp(client: Client): Promise<void> {
  const wanted: Wanted = new Map([['app0', { replicas: 1, version: 0 }]])
  await client.services.create(specOf('app0', { replicas: 1, version: 0 }))
  await eventually('the first service', () => runsAsWanted(client, wanted), 60_000)
  await client.services.remove('app0')
  await eventually('an empty engine', async () => (await containerNames(client)).join(' ') || true, 60_000)
}

/** Kills and starts the daemon again, `kills` times. */
function killAtRandom(daemon: TestDaemon, random: SeededRandom): { over: boolean; done: Promise<void> } {
  const killing = { over: false, done: Promise.resolve() }
  killing.done = (async () => {
    for (let kill = 0; kill < kills; kill++) {
      await sleep(random.between(100, 2500))
      await daemon.down('SIGKILL')
      await sleep(random.between(0, 300))
      await daemon.up()
    }
  })().finally(() => (killing.over = true))
  return killing
}

/** True when exactly the wanted tasks run, each in one container; what is amiss otherwise. */
async function runsAsWanted(client: Client, wanted: Wanted): Promise<boolean | string> {
  const tasks = await client.tasks.list({ 'desired-state': ['running'] })
  const running = tasks.filter((task) => task.Status.State === 'running')
  const expected = [...wanted.values()].reduce((sum, { replicas }) => sum + replicas, 0)
  if (running.length !== expected || tasks.length !== expected) {
    return `${running.length} of ${tasks.length} tasks run, ${expected} are wanted`
  }
  const versions = new Set([...wanted.values()].map(({ version }) => `VERSION=${version}`))
  const stale = running.find((task) => !versions.has(task.Spec.ContainerSpec?.Env?.[0] ?? ''))
  if (stale) return `task ${stale.ID} is of an older version`
  const containers = await client.containers.list({})
  const ids = new Set(running.map((task) => task.Status.ContainerStatus?.ContainerID))
  const strange = containers.filter((container) => !ids.has(container.Id))
  return containers.length === expected && strange.length === 0 ? true : `${containers.length} containers run`
}

async function containerNames(client: Client): Promise<string[]> {
  const containers = await client.containers.list({ all: true })
  return containers.flatMap((container) => container.Names ?? [])
}
