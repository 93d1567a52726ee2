import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { busyboxImage, docker, essaim, eventually, mountsBelow, TestHosts, type TestHost } from '@essaim/testing'

const run = promisify(execFile)

/** The course's cluster: a manager and four workers, and what its exercises type at it. */
describe('a cluster of five hosts', { skip: process.getuid?.() === 0 ? false : 'only root makes hosts' }, () => {
  let lab: TestHosts
  let manager: TestHost
  const subnet = 132
  const registry = `10.198.${subnet}.1:5000`
  const image = `${registry}/nginx-test`

  const host = (n: number): TestHost => lab.hosts[n - 1] ?? assert.fail(`there is no host ${n}`)
  const lines = async (at: TestHost, ...args: string[]): Promise<string[]> =>
    (await docker(at, ...args)).split('\n').filter((line) => line !== '')
  const refusal = (at: TestHost, ...args: string[]): Promise<string> =>
    docker(at, ...args).then(
      (printed) => assert.fail(`it was not refused: ${printed}`),
      (error: unknown) => String((error as { stderr?: string }).stderr),
    )

  /** The nodes on which tasks of a service run, sorted; a node once for each task. */
  const placed = async (service: string): Promise<string[]> => {
    const format = '{{.Node}} {{.CurrentState}}'
    const told = await lines(manager, 'service', 'ps', service, '-f', 'desired-state=running', '--format', format)
    const running = told.filter((line) => line.split(' ')[1] === 'Running')
    return running.map((line) => line.split(' ')[0] ?? '').toSorted()
  }
  const settled = (what: string, service: string, fits: (nodes: string[]) => boolean): Promise<void> =>
    eventually(what, async () => {
      const nodes = await placed(service)
      return fits(nodes) || nodes.join(' ')
    })
  const states = (): Promise<string[]> =>
    lines(manager, 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.Availability}}').then((all) =>
      all.toSorted(),
    )
  const becomes = (name: string, state: string): Promise<void> =>
    eventually(`${name} is ${state}`, async () => {
      const all = await states()
      return all.some((line) => line.startsWith(`${name} ${state}`)) || all.join(', ')
    })
  const join = async (at: TestHost): Promise<string> => {
    const token = await docker(manager, 'swarm', 'join-token', '-q', 'worker')
    return docker(at, 'swarm', 'join', '--token', token, `${manager.address}:2377`)
  }
  const containers = (at: TestHost, service: string): Promise<string[]> =>
    lines(at, 'ps', '-q', '--no-trunc', '--filter', `label=com.docker.swarm.service.name=${service}`)

  before(async () => {
    lab = await TestHosts.start({ name: 'course', subnet, count: 5, flags: ['--insecure-registry', '10.198.0.0/16'] })
    manager = host(1)
    await docker(manager, 'swarm', 'init', '--advertise-addr', manager.address)
    await Promise.all([2, 3, 4, 5].map((n) => join(host(n))))
  })
  after(() => lab[Symbol.asyncDispose]())

  test('four workers join at once', async () => {
    const ready = [1, 2, 3, 4, 5].map((n) => `host${n} Ready Active`)
    await eventually('all are ready', async () => {
      const all = await states()
      return JSON.stringify(all) === JSON.stringify(ready) || all.join(', ')
    })
    const told = [
      'node',
      'inspect',
      'host3',
      '--format',
      '{{.Spec.Role}} {{.Status.Addr}} {{.Description.Platform.OS}}',
    ]
    assert.equal(await docker(manager, ...told), `worker ${host(3).address} linux`)
    assert.equal(
      await docker(manager, 'node', 'inspect', 'self', '--format', '{{.ManagerStatus.Addr}}'),
      `${manager.address}:2377`,
    )
    assert.match(
      await docker(host(3), 'info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}'),
      /^active false$/,
    )
    for (const command of [
      ['node', 'ls'],
      ['service', 'ls'],
      ['swarm', 'join-token', 'worker'],
    ]) {
      assert.match(await refusal(host(2), ...command), /This node is not a swarm manager. Worker nodes can't be used/)
    }
    assert.match(await refusal(host(2), 'swarm', 'join', '--token', 'SWMTKN-1-x', 'y'), /already part of a swarm/)
  })

  test('a registry as a service; nginx-test in five replicas on the workers', async () => {
    await loadRegistry(manager)
    const port = ['--publish', 'mode=host,published=5000,target=5000']
    const there = ['--constraint', 'node.role==manager']
    await docker(
      manager,
      'service',
      'create',
      '-d',
      '--name',
      'registry',
      '--no-resolve-image',
      ...port,
      ...there,
      'registry:2',
    )
    await settled('the registry runs', 'registry', (nodes) => nodes.join() === 'host1')
    const archive = `${manager.daemon.folder}/nginx.tar`
    const config = { StopSignal: 'SIGKILL', Cmd: ['sh', '-c', 'echo "started on $HOSTNAME"; exec httpd -f -p 80'] }
    await writeFile(archive, await busyboxImage({ tags: ['nginx-test:latest'], config }))
    await docker(manager, 'load', '-i', archive)
    await docker(manager, 'tag', 'nginx-test', image)
    await eventually('the image is pushed', () => docker(manager, 'push', image).then(() => true, String))
    const workers = ['--constraint', 'node.role==worker', '--replicas', '5']
    await docker(manager, 'service', 'create', '-d', '--name', 'web', ...workers, '-p', '8080:80', image)
    await settled('five replicas on four workers', 'web', (nodes) => nodes.length === 5 && new Set(nodes).size === 4)
    assert.ok(!(await placed('web')).includes('host1'))
    assert.match(await docker(host(4), 'image', 'ls', '--format', '{{.Repository}}'), /nginx-test/)
  })

  test('labels place tasks, and a secret is only where a task needs it, for as long as it does', async () => {
    await docker(manager, 'node', 'update', '--label-add', 'disk=ssd', 'host4')
    const secret = `${manager.daemon.folder}/secret`
    await writeFile(secret, 'known to one')
    await docker(manager, 'secret', 'create', 'password', secret)
    const place = ['--constraint', 'node.labels.disk==ssd', '--secret', 'password']
    await docker(manager, 'service', 'create', '-d', '--name', 'picky', ...place, image)
    await settled('it is on host4', 'picky', (nodes) => nodes.join() === 'host4')
    const [id = ''] = await containers(host(4), 'picky')
    assert.equal(await docker(host(4), 'exec', id, 'cat', '/run/secrets/password'), 'known to one')
    const mounts = (n: number): Promise<string[]> => mountsBelow(`${host(n).daemon.execRoot}/task-files`)
    const held = async (n: number): Promise<boolean> =>
      (await lines(host(n), 'ps', '-aq', '--filter', 'label=com.docker.swarm.service.name=picky')).length > 0 ||
      (await mounts(n)).length > 0
    assert.deepEqual(await Promise.all([2, 3, 5].map(held)), [false, false, false])
    await docker(manager, 'service', 'rm', 'picky')
    await eventually('nothing of it is left', async () => !(await held(4)))
    await docker(manager, 'secret', 'rm', 'password')
  })

  test('logs of all nodes, and exec into a task from the manager', async () => {
    await eventually('every task has spoken', async () => {
      const said = (await lines(manager, 'service', 'logs', '--raw', 'web')).filter((line) =>
        line.startsWith('started on'),
      )
      return said.length === 5 || `${said.length}`
    })
    assert.equal((await lines(manager, 'service', 'logs', '--tail', '0', 'web')).length, 0)
    const worker = host(3)
    const [id = ''] = await containers(worker, 'web')
    assert.equal(await docker(manager, 'exec', id, 'hostname'), id.slice(0, 12))
    const failed = await docker(manager, 'exec', id, 'sh', '-c', 'exit 7').catch(
      (error: unknown) => error as { code: number },
    )
    assert.equal((failed as { code: number }).code, 7)
    const env = { ...process.env, DOCKER_HOST: manager.host }
    const piped = run('docker', ['exec', '-i', id.slice(0, 12), 'md5sum'], { env })
    piped.child.stdin?.end(Buffer.alloc(3_000_000, 'x'))
    const { stdout } = await piped
    assert.match(stdout, /^[0-9a-f]{32} /)
    assert.equal(
      await docker(manager, 'inspect', id, '--format', '{{.State.Status}} {{.Config.Image}}').then(
        (text) => text.split(' ')[0],
      ),
      'running',
    )
    assert.match(await docker(manager, 'logs', id), /started on/)
    assert.match(await docker(manager, 'top', id), /httpd/)
    const slot = (await docker(worker, 'inspect', id, '--format', '{{.Name}}'))
      .split('.')
      .slice(0, 2)
      .join('.')
      .slice(1)
    assert.equal(await essaim(manager, 'exec', slot, 'hostname'), id.slice(0, 12))
    const absent = await docker(manager, 'exec', id, '/no/such').catch((error: unknown) => error as { stdout: string })
    assert.match((absent as { stdout: string }).stdout, /no such file or directory/)
    assert.match(await refusal(manager, 'exec', 'nowhere', 'true'), /No such container: nowhere/)
    assert.match(await refusal(host(2), 'exec', id, 'true'), /No such container/)
  })

  test('drain, pause and activate', async () => {
    await docker(manager, 'node', 'update', '--availability', 'drain', 'host2')
    await settled('host2 is empty', 'web', (nodes) => nodes.length === 5 && !nodes.includes('host2'))
    await eventually('its containers have stopped', async () => (await lines(host(2), 'ps', '-q')).length === 0)
    await docker(manager, 'node', 'update', '--availability', 'pause', 'host2')
    await docker(manager, 'service', 'scale', '-d', 'web=7')
    await settled('none on a paused node', 'web', (nodes) => nodes.length === 7 && !nodes.includes('host2'))
    await docker(manager, 'node', 'update', '--availability', 'active', 'host2')
    await docker(manager, 'service', 'scale', '-d', 'web=9')
    await settled('host2 takes tasks again', 'web', (nodes) => nodes.length === 9 && nodes.includes('host2'))
  })

  test('daemons are killed, workers’ and the manager’s: the tasks do not notice', async () => {
    await docker(manager, 'swarm', 'update', '--dispatcher-heartbeat', '60s')
    const held = await Promise.all([2, 3, 4, 5].map((n) => containers(host(n), 'web')))
    await host(3).daemon.down('SIGKILL')
    await host(3).daemon.up()
    await manager.daemon.down('SIGKILL')
    // A worker's daemon starts with no manager to be asked.
    await host(4).daemon.down('SIGKILL')
    await host(4).daemon.up()
    assert.deepEqual(await containers(host(4), 'web'), held[2])
    assert.match(await refusal(host(4), 'node', 'ls'), /Worker nodes can't be used/)
    const [ended = ''] = held[2] ?? []
    // What happens meanwhile is reported later.
    await docker(host(4), 'kill', ended)
    await manager.daemon.up()
    await eventually(
      'all are ready',
      async () => (await states()).every((line) => line.includes(' Ready ')) || (await states()).join(),
    )
    await eventually('the end is known', async () => {
      const told = await docker(manager, 'service', 'ps', 'web', '--format', '{{.Node}} {{.CurrentState}} {{.Error}}')
      return /host4 Failed .*137/.test(told) || told
    })
    await settled('nine again', 'web', (nodes) => nodes.length === 9)
    for (const [at, n] of [2, 3, 5].entries()) {
      const now = new Set(await containers(host(n), 'web'))
      assert.deepEqual(
        (held[n === 5 ? 3 : at] ?? []).filter((id) => !now.has(id)),
        [],
        `host${n} keeps its tasks`,
      )
    }
    await docker(manager, 'swarm', 'update', '--dispatcher-heartbeat', '5s')
  })

  test('a host loses its power: its tasks run elsewhere, logs say who did not answer, and they do not come back with it', async () => {
    const [lost = ''] = await containers(host(5), 'web')
    await host(5).powerOff()
    await becomes('host5', 'Down')
    await settled('nine without host5', 'web', (nodes) => nodes.length === 9 && !nodes.includes('host5'))
    assert.match(await refusal(manager, 'exec', lost, 'true'), /node host5 \(\w+\) cannot be asked: it is down/)
    const env = { ...process.env, DOCKER_HOST: manager.host }
    const logs = await run('docker', ['service', 'logs', '--raw', 'web'], { env }).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    )
    assert.match(logs.stderr, /incomplete log stream.*node \w+ \(host5\) is not available/)
    assert.ok(logs.stdout.split('\n').filter((line) => line.startsWith('started on')).length >= 9)
    await host(5).powerOn()
    await becomes('host5', 'Ready')
    await eventually('the old tasks are not run', async () => (await containers(host(5), 'web')).length === 0)
    assert.equal((await placed('web')).length, 9)
  })

  test('a cut heals: the old tasks stop before anything else, and nothing runs twice', async () => {
    const before = await containers(host(4), 'web')
    assert.ok(before.length > 0)
    await host(4).cut()
    await becomes('host4', 'Down')
    await settled('nine without host4', 'web', (nodes) => nodes.length === 9 && !nodes.includes('host4'))
    // It goes on by itself, for it cannot know.
    assert.deepEqual(await containers(host(4), 'web'), before)
    await host(4).heal()
    await becomes('host4', 'Ready')
    await eventually('the old tasks are gone', async () => {
      const now = await containers(host(4), 'web')
      return now.every((id) => !before.includes(id)) || now.join()
    })
  })

  test('a new host joins, one leaves and comes back, one is removed', async () => {
    const sixth = await lab.add()
    assert.equal(await join(sixth), 'This node joined a swarm as a worker.')
    await becomes('host6', 'Ready')
    await docker(manager, 'service', 'scale', '-d', 'web=12')
    await settled('it takes tasks', 'web', (nodes) => nodes.length === 12 && nodes.includes('host6'))
    assert.equal(await docker(sixth, 'swarm', 'leave'), 'Node left the swarm.')
    assert.equal((await lines(sixth, 'ps', '-aq')).length, 0)
    await becomes('host6', 'Down')
    await settled('twelve without it', 'web', (nodes) => nodes.length === 12 && !nodes.includes('host6'))
    const [gone = ''] = await lines(manager, 'node', 'ls', '--filter', 'name=host6', '-q')
    await docker(manager, 'node', 'rm', gone)
    await join(sixth)
    await becomes('host6', 'Ready')
    const [id = ''] = await lines(manager, 'node', 'ls', '--filter', 'name=host6', '-q')
    assert.match(await refusal(manager, 'node', 'rm', id), /is not down and can't be removed/)
    await docker(manager, 'service', 'scale', '-d', 'web=15')
    await settled('it takes tasks again', 'web', (nodes) => nodes.length === 15 && nodes.includes('host6'))
    await docker(manager, 'node', 'rm', '--force', id)
    await settled('fifteen without it', 'web', (nodes) => nodes.length === 15 && !nodes.includes('host6'))
    await eventually('it knows why', async () => {
      const told = await docker(sixth, 'info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}')
      return told === `error Permission denied: node ${id} was removed from swarm` || told
    })
    await eventually('it runs none of them', async () => (await containers(sixth, 'web')).length === 0)
    await docker(sixth, 'swarm', 'leave')
    assert.equal(await docker(sixth, 'info', '--format', '{{.Swarm.LocalNodeState}}'), 'inactive')
  })

  test('the root is rotated, and every node has a certificate of the new one', async () => {
    const before = await docker(manager, 'swarm', 'ca')
    const token = await docker(manager, 'swarm', 'join-token', '-q', 'worker')
    await docker(manager, 'swarm', 'ca', '--rotate', '--detach', '--cert-expiry', '720h')
    const progress = '{{.Swarm.Cluster.RootRotationInProgress}}'
    await eventually('it is over', async () => (await docker(manager, 'info', '--format', progress)) === 'false')
    assert.notEqual(await docker(manager, 'swarm', 'ca'), before)
    assert.match(
      await refusal(lab.hosts[5] ?? manager, 'swarm', 'join', '--token', token, `${manager.address}:2377`),
      /remote CA does not match fingerprint/,
    )
    assert.ok((await states()).every((line) => line.includes(' Ready ')))
    const key = await readFile(`${host(2).daemon.dataRoot}/swarm/certificates/swarm-node.pem`, 'utf8')
    assert.match(key, /PRIVATE KEY/)
    for (const { daemon } of lab.hosts) assert.doesNotMatch(await daemon.log(), /PRIVATE KEY|SWMTKN/)
  })
})

/** Debian's registry with the libraries that it needs. */
async function loadRegistry(at: TestHost): Promise<void> {
  const [binary, libc, loader] = await Promise.all(
    ['/usr/bin/docker-registry', '/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'].map((path) =>
      readFile(path),
    ),
  )
  const config = 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\nhttp:\n  addr: :5000\n'
  const files = [
    { name: 'usr', folder: true },
    { name: 'usr/bin', folder: true },
    { name: 'usr/bin/docker-registry', data: binary ?? '', mode: 0o755 },
    { name: 'lib', folder: true },
    { name: 'lib/x86_64-linux-gnu', folder: true },
    { name: 'lib/x86_64-linux-gnu/libc.so.6', data: libc ?? '', mode: 0o755 },
    { name: 'lib64', folder: true },
    { name: 'lib64/ld-linux-x86-64.so.2', data: loader ?? '', mode: 0o755 },
    { name: 'registry.yml', data: config },
  ]
  const archive = `${at.daemon.folder}/registry.tar`
  const Cmd = ['/usr/bin/docker-registry', 'serve', '/registry.yml']
  await writeFile(archive, await busyboxImage({ tags: ['registry:2'], files, config: { Cmd } }))
  await docker(at, 'load', '-i', archive)
}
