// Compares two engines in one run: node bench/compare.mjs --a DOCKER_HOST_OF_DOCKER --b DOCKER_HOST_OF_ESSAIM
//
// Both must have the image alpine:latest and be one-node swarms (or able to become one). Each measure runs twice to
// warm up, then ten times (--times N), the engines taking turns; the medians and their ratio are printed as Markdown.
// --only run,create1,create30,kill,remove30,memory chooses.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'

const { values } = parseArgs({
  options: {
    a: { type: 'string' },
    b: { type: 'string' },
    times: { type: 'string', default: '10' },
    only: { type: 'string', default: 'run,create1,create30,kill,remove30,memory' },
    pid: { type: 'string' },
  },
})
if (!values.a || !values.b) {
  console.error('usage: node bench/compare.mjs --a unix:///docker.sock --b unix:///essaim.sock [--pid PID-OF-ESSAIMD]')
  process.exit(2)
}
const pollMs = 10
const limitMs = 120_000

/** One engine over its unix socket. */
class Engine {
  constructor(host) {
    this.host = host
    this.socketPath = host.replace('unix://', '')
  }

  call(method, path, body) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = text === undefined ? {} : { 'content-type': 'application/json' }
      const sent = request({ socketPath: this.socketPath, path: `/v1.41${path}`, method, headers }, (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (answer += chunk))
        response.on('end', () => {
          if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`))
          else resolve(answer === '' ? undefined : JSON.parse(answer))
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
  }

  docker(...args) {
    const env = { ...process.env, DOCKER_HOST: this.host, DOCKER_API_VERSION: '1.41' }
    const done = spawnSync('docker', args, { env, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`docker ${args.join(' ')}: ${done.stderr}`)
  }

  async createService(name, replicas) {
    await this.call('POST', '/services/create', {
      Name: name,
      TaskTemplate: {
        ContainerSpec: { Image: 'alpine:latest', Command: ['sleep', '1000'], StopGracePeriod: 0 },
        RestartPolicy: { Condition: 'any', Delay: 0 },
      },
      Mode: { Replicated: { Replicas: replicas } },
    })
  }

  async until(what, condition) {
    for (const end = Date.now() + limitMs; ; await sleep(pollMs)) {
      if (await condition()) return
      if (Date.now() > end) throw new Error(`${this.host}: ${what} did not come within ${limitMs / 1000} s`)
    }
  }

  async running(name, count) {
    const filters = encodeURIComponent(JSON.stringify({ service: [name], 'desired-state': ['running'] }))
    await this.until(`${count} running tasks of ${name}`, async () => {
      const tasks = await this.call('GET', `/tasks?filters=${filters}`)
      return tasks.filter((task) => task.Status.State === 'running').length === count
    })
  }

  containers(name) {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.swarm.service.name=${name}`] }))
    return this.call('GET', `/containers/json?all=1&filters=${filters}`)
  }

  async removeService(name) {
    await this.call('DELETE', `/services/${name}`)
    await this.until(`the end of ${name}`, async () => (await this.containers(name)).length === 0)
  }
}

const timed = async (work) => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** What is measured. `work` answers the milliseconds it took; `--only` takes the keys. */
const measures = [
  {
    key: 'run',
    title: '`docker run --rm alpine true`',
    work: (engine) => timed(() => engine.docker('run', '--rm', 'alpine', 'true')),
  },
  { key: 'create1', title: 'service create to 1 task running', work: (engine) => creation(engine, 1) },
  { key: 'create30', title: 'service create to 30 tasks running', work: (engine) => creation(engine, 30) },
  { key: 'kill', title: 'task killed to replacement running', work: replacement },
  { key: 'remove30', title: 'removing 30 tasks', work: removal },
]

async function replacement(engine) {
  await engine.createService('bench', 1)
  await engine.running('bench', 1)
  const [{ Id }] = await engine.containers('bench')
  const taken = await timed(async () => {
    await engine.call('POST', `/containers/${Id}/kill`)
    await engine.until('a replacement', async () =>
      (await engine.containers('bench')).some((other) => other.Id !== Id && other.State === 'running'),
    )
    await engine.running('bench', 1)
  })
  await engine.removeService('bench')
  return taken
}

async function removal(engine) {
  await engine.createService('bench', 30)
  await engine.running('bench', 30)
  return timed(() => engine.removeService('bench'))
}

async function creation(engine, replicas) {
  const taken = await timed(async () => {
    await engine.createService('bench', replicas)
    await engine.running('bench', replicas)
  })
  await engine.removeService('bench')
  return taken
}

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

const engines = [new Engine(values.a), new Engine(values.b)]
for (const engine of engines) {
  const { Swarm } = await engine.call('GET', '/info')
  if (Swarm.LocalNodeState === 'inactive') {
    await engine.call('POST', '/swarm/init', { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' })
  }
  // A run that was cut leaves its service behind.
  const left = await engine.call('GET', '/services')
  if (left.some((service) => service.Spec.Name === 'bench')) await engine.removeService('bench')
}
const only = values.only.split(',')
console.log('| measure | Docker Engine, ms | Essaim, ms | ratio |\n| --- | ---: | ---: | ---: |')
for (const { key, title, work } of measures) {
  if (!only.includes(key)) continue
  const taken = [[], []]
  for (let turn = -2; turn < Number(values.times); turn++) {
    for (const [index, engine] of engines.entries()) {
      const ms = await work(engine)
      if (turn >= 0) taken[index].push(ms)
    }
  }
  const [a, b] = taken.map(median)
  console.log(`| ${title} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(b / a).toFixed(2)} |`)
}
if (only.includes('memory') && values.pid) {
  const [, essaim] = engines
  await sleep(5000)
  console.log(`| essaimd resident, idle, MB | | ${resident(values.pid).toFixed(0)} | |`)
  await essaim.createService('bench', 30)
  await essaim.running('bench', 30)
  await sleep(5000)
  console.log(`| essaimd resident, 30 tasks, MB | | ${resident(values.pid).toFixed(0)} | |`)
  await essaim.removeService('bench')
}
