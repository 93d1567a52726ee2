// How long writes wait when the manager that leads dies: three managers on hosts of their own, 50 writes a second through
// one that does not lead. `sudo node bench/leader.mjs [kill|power|stop]` after a build; prints the longest time between two
// acknowledged writes, and what was lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { docker, eventually, TestHosts } from '../packages/testing/dist/index.js'
import { lost, Writer } from '../test/dist/cluster/writer.js'

const how = process.argv[2] ?? 'power'
const lab = await TestHosts.start({ name: 'leader', subnet: 149, count: 3 })
try {
  const [first, ...rest] = lab.hosts
  await docker(first, 'swarm', 'init', '--advertise-addr', first.address)
  const token = await docker(first, 'swarm', 'join-token', '-q', 'manager')
  for (const host of rest) await docker(host, 'swarm', 'join', '--token', token, `${first.address}:2377`)
  await eventually('three managers', async () => {
    const seen = await docker(rest[0], 'node', 'ls', '--format', '{{.ManagerStatus}}')
    return seen.split('\n').toSorted().join() === 'Leader,Reachable,Reachable' || seen
  })
  // As many writes are under way as 50 a second need, each of a client of its own.
  const writers = Array.from({ length: 5 }, (_, n) => new Writer(rest[0].host, `w${n}-`, 80))
  await sleep(5000)
  for (const writer of writers) writer.longestGapMs = 0
  const before = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  if (how === 'power') await first.powerOff()
  else if (how === 'kill') await first.daemon.kill()
  else await first.daemon.down()
  await sleep(10_000)
  for (const writer of writers) await writer.stop()
  const after = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  const gaps = writers.map(({ longestGapMs }) => longestGapMs)
  const gone = (await Promise.all(writers.map((writer) => lost(rest[0].host, writer)))).flat()
  console.log(`${how}: longest gap ${Math.max(...gaps)} ms (${gaps.join(' ')}), ${before} writes in 5 s before,`)
  console.log(
    `${after - before} after, ${writers.flatMap(({ refused }) => refused).length} not acknowledged, ${gone.length} lost`,
  )
} finally {
  await lab[Symbol.asyncDispose]()
}
