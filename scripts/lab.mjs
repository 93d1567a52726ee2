// Hosts on one machine: `npm run lab -- 5`. Each is a network namespace with its own address, hostname, containerd and
// essaimd, on one Ethernet with this machine.
import { mkdir, readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { Lan, TestDaemon, TestHost, removeHosts } from '../packages/testing/dist/index.js'

const folder = '/tmp/es-lab'
const lan = new Lan('lab', 250)
const usage = `Usage: npm run lab -- COMMAND
  N               brings up N hosts (those that are up stay)
  down            removes them, with all that was on them
  ls              names them
  exec N WORD...  runs a command on host N
  cut N, heal N   takes host N off the network and back, the host is not told
  slow N RATE     such as 10mbit; heal takes it back
  kill N          kill -9 for its daemon only
  off N           power off: everything but its disk goes
  on N            power on; the daemon too, where only that was killed`

if (process.getuid() !== 0) leave('Hosts need root: sudo npm run lab')
const [command = 'ls', ...words] = process.argv.slice(2)
const run = { down, ls, exec, cut, heal, slow, kill, off, on }[command]
if (/^\d+$/.test(command)) await up(Number(command))
else if (run) await run(...words)
else leave(usage)
process.exit(0)

async function up(count) {
  if (!existsSync(folder)) {
    await removeHosts(lan, folder)
    await Lan.create('lab', lan.subnet)
    await mkdir(folder, { recursive: true })
  }
  const there = await indexes()
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !there.includes(index))
  await Promise.all(missing.map((index) => TestHost.start(lan, index, `${folder}/${index}`, [])))
  await ls()
  const all = await indexes()
  console.log(`
Look       DOCKER_HOST=${socket(1)} docker info      (or bin/essaim info)
Swarm      DOCKER_HOST=${socket(1)} docker swarm init --advertise-addr ${lan.address(1)}
           token=$(DOCKER_HOST=${socket(1)} docker swarm join-token -q worker)`)
  for (const index of all.slice(1)) {
    console.log(`           DOCKER_HOST=${socket(index)} docker swarm join --token $token ${lan.address(1)}:2377`)
  }
  console.log(`Remove     sudo npm run lab -- down`)
}

async function down() {
  await removeHosts(lan, folder)
  console.log('Nothing is left of the lab.')
}

async function ls() {
  const all = await indexes()
  if (all.length === 0) console.log(usage)
  for (const index of all) console.log(`host${index}  ${lan.address(index).padEnd(14)}  DOCKER_HOST=${socket(index)}`)
}

async function exec(index, program, ...args) {
  process.stdout.write(await lan.existing(existing(index)).exec(program, args))
}

function cut(index) {
  return lan.cut(existing(index))
}

function heal(index) {
  return lan.heal(existing(index))
}

function slow(index, rate) {
  if (!rate) leave(usage)
  return lan.slow(existing(index), { rate })
}

function kill(index) {
  return found(index).kill()
}

async function off(index) {
  await lan.removeHost(existing(index))
  await found(index).powerOff()
}

async function on(index) {
  if (!existsSync(`/run/netns/${lan.existing(existing(index)).name}`)) await lan.host(Number(index))
  await found(index).up()
}

function found(index) {
  return TestDaemon.existing(lan.existing(existing(index)), `${folder}/${index}`, [], `host${index}`)
}

function existing(index) {
  if (!/^\d+$/.test(index ?? '') || !existsSync(`${folder}/${index}`))
    leave(`There is no host ${index ?? ''}\n${usage}`)
  return Number(index)
}

async function indexes() {
  const names = existsSync(folder) ? await readdir(folder) : []
  return names.map(Number).sort((a, b) => a - b)
}

function socket(index) {
  return `unix://${folder}/${index}/docker.sock`
}

function leave(message) {
  console.error(message)
  process.exit(1)
}
