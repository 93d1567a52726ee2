import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connect } from '@essaim/client'
import { docker, type TestHost } from '@essaim/testing'
import { portOf } from '../wanted.js'
import { serviceNames, type Changes } from './changes.js'
import { meshOf, remoteOf, servicesIn } from './kernel.js'

const run = promisify(execFile)

type Client = ReturnType<typeof connect>
type Task = Awaited<ReturnType<Client['tasks']['list']>>[number]

/** A task that runs and is meant to. */
interface Runner {
  service: string
  id: string
  node: string
  container: string
  network: string
  networkId: string
  address: string
  /** On the ingress network. */
  meshAddress: string
}

/** True when the hosts have what the store says and the store what was asked for; else the first that differs. */
export async function agreement(manager: TestHost, hosts: TestHost[], changes: Changes): Promise<true | string> {
  try {
    const client = connect(manager.host)
    const tasks = await client.tasks.list({ 'desired-state': ['running'] })
    const names = new Map((await client.services.list()).map(({ ID, Spec }) => [ID, Spec.Name]))
    const nodes = await client.nodes.list()
    const nodeOf = new Map(nodes.map((node) => [node.ID, node.Description.Hostname ?? 'none']))
    for (const node of nodes) same(`${node.Description.Hostname}'s state`, node.Status.State ?? 'none', 'ready')
    wanted(tasks, names, changes)
    const runners = tasks.map((task) => runnerOf(task, names, nodeOf))
    const vips = await vipsOf(client)
    const addressOf = new Map(hosts.map((host) => [host.hostname, host.address]))
    for (const host of hosts) {
      await containers(host, runners)
      same(`the mesh of ${host.hostname}`, await meshOf(host), meshWanted(runners, changes))
      const own = runners.filter(({ node }) => node === host.hostname)
      for (const { network, networkId } of own) {
        const others = runners.filter((one) => one.network === network && one.node !== host.hostname)
        const remote = others.map(({ address, node }) => `${address} ${addressOf.get(node)}`)
        same(`${network}'s tunnel on ${host.hostname}`, await remoteOf(host, networkId), remote)
      }
      await Promise.all(own.map((runner) => inside(host, runner, runners, vips, changes)))
      await answers(host, changes)
    }
    return true
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function wanted(tasks: Task[], names: Map<string, string>, changes: Changes): void {
  same('the services', [...names.values()], [...changes.services.keys()])
  for (const [name, { replicas, version }] of changes.services) {
    const own = tasks.filter((task) => names.get(task.ServiceID ?? '') === name)
    const states = own.map((task) => `${task.Slot} ${task.Status.State} ${task.Spec.ContainerSpec?.Env?.[0]}`)
    const slots = own.map((task) => task.Slot)
    same(
      `the tasks of ${name}`,
      states,
      slots.map((slot) => `${slot} running VERSION=${version}`),
    )
    same(`the slots of ${name}`, `${slots.length} ${new Set(slots).size}`, `${replicas} ${replicas}`)
  }
}

function runnerOf(task: Task, names: Map<string, string>, nodeOf: Map<string, string>): Runner {
  const attached = task.NetworksAttachments ?? []
  const own = attached.find(({ Network }) => Network.Spec.Ingress !== true)
  const mesh = attached.find(({ Network }) => Network.Spec.Ingress === true)
  return {
    id: task.ID,
    service: names.get(task.ServiceID ?? '') ?? 'none',
    node: nodeOf.get(task.NodeID ?? '') ?? 'none',
    container: task.Status.ContainerStatus?.ContainerID ?? 'none',
    network: own?.Network.Spec.Name ?? 'none',
    networkId: own?.Network.ID ?? 'none',
    address: bare(own?.Addresses[0]),
    meshAddress: bare(mesh?.Addresses[0]),
  }
}

/** A service's addresses on its overlay network and on ingress. */
interface Vips {
  own: string
  mesh: string
}

async function vipsOf(client: Client): Promise<Map<string, Vips>> {
  const ingress = (await client.networks.list()).find(({ Ingress }) => Ingress)?.Id
  return new Map(
    (await client.services.list()).map(({ Spec, Endpoint }) => {
      const vips = Endpoint?.VirtualIPs ?? []
      const own = vips.find(({ NetworkID }) => NetworkID !== ingress)
      const mesh = vips.find(({ NetworkID }) => NetworkID === ingress)
      return [Spec.Name, { own: bare(own?.Addr), mesh: bare(mesh?.Addr) }]
    }),
  )
}

/** What runs on the host is what the manager says that runs there. */
async function containers(host: TestHost, runners: Runner[]): Promise<void> {
  const running = await connect(host.host).containers.list()
  const own = runners.filter(({ node }) => node === host.hostname)
  same(
    `the containers on ${host.hostname}`,
    running.map(({ Id }) => Id ?? ''),
    own.map(({ container }) => container),
  )
}

function meshWanted(runners: Runner[], changes: Changes): string[] {
  return [...changes.services.keys()].map((name) => {
    const addresses = runners.filter(({ service }) => service === name).map(({ meshAddress }) => meshAddress)
    return `tcp ${portOf(name)} -> ${addresses.toSorted().join(' ')}`
  })
}

/** A container's balancing, and what names answer to it: those of its network, and none that went or is elsewhere. */
async function inside(
  host: TestHost,
  runner: Runner,
  runners: Runner[],
  vips: Map<string, Vips>,
  changes: Changes,
): Promise<void> {
  const mates = [...changes.services].filter(([, { network }]) => network === runner.network).map(([name]) => name)
  const tasksOf = (name: string, network: 'address' | 'meshAddress' = 'address'): string[] =>
    runners
      .filter(({ service }) => service === name)
      .map((one) => one[network])
      .toSorted()
  const { State: state } = await connect(host.host).containers.inspect(runner.container)
  const where = `in ${runner.service} ${runner.container.slice(0, 12)} on ${host.hostname}`
  const balancing = [
    ...mates.map((name) => `${vips.get(name)?.own} -> ${tasksOf(name).join(' ')}`),
    ...[...changes.services.keys()].map(
      (name) => `${vips.get(name)?.mesh} -> ${tasksOf(name, 'meshAddress').join(' ')}`,
    ),
  ]
  same(`the services ${where}`, await servicesIn(host, state?.Pid ?? 0), balancing)
  const asked = serviceNames.flatMap((name) => [name, `tasks.${name}`])
  const script = asked.map((name) => `echo "? ${name}"; nslookup -type=a ${name} 127.0.0.11`).join('; ')
  // The last question's exit code says nothing of the others.
  const text = await docker(host, 'exec', runner.container, 'sh', '-c', `(${script}) 2>&1; true`)
  const answersTo = new Map(
    text.split('? ').map((part) => {
      const [name = '', ...lines] = part.split('\n')
      const found = [...lines.join('\n').matchAll(/^Address(?: \d+)?:\s+(\d+\.\d+\.\d+\.\d+)(?!\S)/gm)]
      return [name, found.map(([, address = '']) => address).filter((address) => address !== '127.0.0.11')]
    }),
  )
  for (const name of serviceNames) {
    const isMate = mates.includes(name)
    const vip = isMate ? [vips.get(name)?.own ?? 'none'] : []
    same(`the name ${name} ${where}`, answersTo.get(name) ?? ['unasked'], vip)
    same(`tasks.${name} ${where}`, answersTo.get(`tasks.${name}`) ?? ['unasked'], isMate ? tasksOf(name) : [])
  }
  // And packets pass, to each task of the services beside it.
  for (const name of mates) {
    for (let task = 0; task < tasksOf(name).length; task++) {
      const reply = await status(`http://${vips.get(name)?.own}/`, `--net=/proc/${state?.Pid}/ns/net`)
      same(`${name} asked ${where}`, reply, '404')
    }
  }
}

/** Each published port answers on the host for each of its tasks by turn. */
async function answers(host: TestHost, changes: Changes): Promise<void> {
  for (const [name, { replicas }] of changes.services) {
    for (let task = 0; task < replicas; task++) {
      const reply = await status(`http://${host.address}:${portOf(name)}/`)
      same(`${name} through ${host.hostname}`, reply, '404')
    }
  }
}

/** Of an HTTP answer, asked from the caller's namespace or another (a word of nsenter's); the error where none came. */
async function status(url: string, namespace?: string): Promise<string> {
  const words = ['curl', '-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', url]
  const [program = '', ...args] = namespace === undefined ? words : ['nsenter', namespace, ...words]
  const { stdout } = await run(program, args).catch((error: Error) => ({ stdout: error.message }))
  return stdout
}

const bare = (cidr: string | undefined): string => cidr?.split('/')[0] ?? 'none'

function same(what: string, found: string | string[], expected: string | string[]): void {
  const [a, b] = [found, expected].map((value) => (typeof value === 'string' ? value : value.toSorted().join(', ')))
  if (a !== b) throw new Error(`${what}: [${a}], not [${b}]`)
}
