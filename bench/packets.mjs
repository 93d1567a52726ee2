// What the mesh and an overlay let through, beside the plain network under them, in one run on one machine:
//   sudo node bench/packets.mjs        (needs wrk and iperf3; brings up two hosts of its own and removes them)
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { docker, eventually } from '../packages/testing/dist/index.js'
import { PacketLab } from '../test/dist/cluster/packets/lab.js'

const run = promisify(execFile)
const seconds = Number(process.env.SECONDS_EACH ?? 5)
const rounds = Number(process.env.ROUNDS ?? 3)

/** Answers at once over connections that stay. One process: the server's processor is part of every measure. */
const server =
  "require('http').createServer((_, answer) => answer.end('hello')).listen(Number(process.argv[1] || 80), '0.0.0.0')"

const lab = await PacketLab.start('bench', 135, 3)
const children = []
try {
  const [one, two] = lab.hosts.hosts
  const service = async (name, port, node) => {
    const place = ['--constraint', `node.hostname==${node}`, '-p', `${port}:80`]
    await docker(
      lab.manager,
      'service',
      'create',
      '-d',
      '--name',
      name,
      ...place,
      ...lab.server,
      'probe',
      process.execPath,
      '-e',
      server,
    )
    await lab.running(name, 1)
  }
  await service('local', 8081, 'host2')
  await service('remote', 8082, 'host3')
  const enter = (host, ...words) => [...host.daemon.net.enter, ...words]
  const background = ([program, ...args]) => children.push(spawn(program, args, { stdio: 'ignore' }))
  background(enter(two, process.execPath, '-e', server, '8090'))

  await docker(lab.manager, 'network', 'create', '-d', 'overlay', '--attachable', 'back')
  const attached = async (host, name) => {
    await docker(host, 'run', '-d', '--name', name, '--network', 'back', ...lab.server, 'probe', 'iperf3', '-s')
    const format = '{{.NetworkSettings.Networks.back.IPAddress}}'
    return docker(host, 'inspect', name, '--format', format)
  }
  await attached(one, 'from')
  const overlay = await attached(two, 'to')
  background(enter(two, 'iperf3', '-s'))

  const wrk = async (port) => {
    const [program, ...args] = enter(one, 'wrk', '-t2', '-c32', `-d${seconds}s`, `http://${two.address}:${port}/`)
    const { stdout } = await run(program, args)
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  }
  const iperf = async (words, address) => {
    const [program, ...args] = [...words, 'iperf3', '-c', address, '-t', String(seconds), '-J']
    const { stdout } = await run(program, args, { env: { ...process.env, DOCKER_HOST: one.host }, maxBuffer: 8 << 20 })
    return JSON.parse(stdout).end.sum_received.bits_per_second / 1e9
  }
  for (const port of [8081, 8082, 8090]) {
    await eventually(`port ${port} answers`, () =>
      run(
        enter(one, 'true')[0],
        enter(one, 'wrk', '-t1', '-c1', '-d1s', `http://${two.address}:${port}/`).slice(1),
      ).then(
        ({ stdout }) => !stdout.includes('Socket errors') && / [1-9]\d* requests in/.test(stdout),
        () => false,
      ),
    )
  }
  const measures = {
    direct: () => wrk(8090),
    'mesh, task on the host asked': () => wrk(8081),
    'mesh, task on another host': () => wrk(8082),
    underlay: () => iperf(enter(one), two.address),
    overlay: () => iperf(['docker', 'exec', 'from'], overlay),
  }
  const found = Object.fromEntries(Object.keys(measures).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) for (const name in measures) found[name].push(await measures[name]())
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
  const of = (name) => median(found[name])
  const row = (name, unit, base) =>
    console.log(
      `${name.padEnd(30)} ${of(name).toFixed(1).padStart(9)} ${unit.padEnd(7)} ${(of(name) / of(base)).toFixed(2)}`,
    )
  for (const name of Object.keys(measures).slice(0, 3)) row(name, 'req/s', 'direct')
  for (const name of ['underlay', 'overlay']) row(name, 'Gbit/s', 'underlay')
} finally {
  for (const child of children) child.kill('SIGKILL')
  await lab[Symbol.asyncDispose]()
}
process.exit(0)
