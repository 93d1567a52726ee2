import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { repositoryRoot } from '@essaim/testing'
import { connect } from '@essaim/client'
import { Lab, skip } from './lab.js'

const folder = join(repositoryRoot, 'test/labs/compose')
const cases = readdirSync(folder)
  .filter((name) => /^\d\d-[a-z]+(\.base)?\.yml$/.test(name))
  .map((name) => (name.includes('.base.') ? [name, name.replace('.base.', '.over.')] : [name]))
/** Before 25 the stock CLI read YAML 1.1 and knew no file without a version: there only the plainest files are the same. */
const old = Number(/version (\d+)/.exec(stockVersion())?.[1] ?? 0) < 25
const plainest = /^(01|02|13)-/

const env = {
  SET: 'value',
  EMPTY: '',
  YES: 'true',
  TAKEN_FROM_SHELL: 'shell',
  SHELL_EMPTY: 'taken',
  INHERITED: 'inherited',
}

/** Each file makes the same objects, whether the stock CLI deploys it or ours. The node takes no tasks meanwhile. */
suite('the stock CLI and our own make the same of a Compose file', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-e', 65)
    await cp(folder, lab.folder, { recursive: true })
    await lab.does('docker swarm init --advertise-addr 127.0.0.1')
    await lab.does('docker node update --availability drain $(docker node ls -q)')
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  for (const files of cases) {
    const why = old && !plainest.test(files[0] ?? '') ? 'needs a stock CLI of 25 or newer' : false
    test(files.join(' with '), { skip: why }, async () => {
      const flags = files.map((name) => `-c ${name}`).join(' ')
      const deploy = async (command: string): Promise<object> => {
        const { code, err } = await lab.type(`${command} ${flags} same`, env)
        assert.equal(code, 0, err)
        return objects(lab)
      }
      const stock = await deploy('docker stack deploy')
      assert.deepEqual(await deploy('essaim stack deploy -d'), stock, 'ours over theirs')
      await remove(lab)
      assert.deepEqual(await deploy('essaim stack deploy -d'), stock, 'ours alone')
      await remove(lab)
    })
  }
})

function stockVersion(): string {
  return spawnSync('docker', ['--version'], { encoding: 'utf8' }).stdout ?? ''
}

async function remove(lab: Lab): Promise<void> {
  await lab.does('docker stack rm same')
  await lab.becomes(
    'docker network ls -q --filter label=com.docker.stack.namespace=same; docker stack ls -q 2>/dev/null',
    /^$/,
  )
}

/** All of the stack, without what differs each time: ids, times, addresses that were chosen. */
async function objects(lab: Lab): Promise<object> {
  const client = connect(lab.daemon.host, {})
  const filters = { label: ['com.docker.stack.namespace=same'] }
  const networks = await client.networks.list()
  const names = new Map(networks.map((network) => [network.Id, network.Name]))
  const services = await client.services.list({ filters })
  const own = networks.filter((network) => network.Labels?.['com.docker.stack.namespace'] === 'same')
  const secrets = await client.secrets.list(filters)
  const configs = await client.configs.list(filters)
  return {
    services: sorted(services.map((service) => withoutIds(service.Spec, names))),
    networks: sorted(own.map((network) => chosen(network))),
    secrets: sorted(secrets.map((secret) => ({ ...secret.Spec }))),
    configs: sorted(configs.map((config) => ({ ...config.Spec }))),
  }
}

function withoutIds(spec: { Name: string }, names: Map<string | undefined, string | undefined>): { Name?: string } {
  const text = JSON.stringify(spec, (key, value: unknown) => {
    if (key === 'SecretID' || key === 'ConfigID') return 'id'
    return key === 'Target' && typeof value === 'string' ? (names.get(value) ?? value) : value
  })
  return JSON.parse(text) as { Name?: string }
}

type Network = Awaited<ReturnType<ReturnType<typeof connect>['networks']['list']>>[number]

function chosen({
  Name,
  Driver,
  Scope,
  Internal,
  Attachable,
  Labels,
  Options,
  EnableIPv6,
  IPAM,
}: Network): { Name?: string } & Record<string, unknown> {
  const { 'com.docker.network.driver.overlay.vxlanid_list': _, ...options } = Options ?? {}
  const asked = Name === 'same_alpha' ? IPAM : IPAM?.Driver
  return { Name, Driver, Scope, Internal, Attachable, Labels, Options: options, EnableIPv6, IPAM: asked }
}

function sorted<T extends { Name?: string }>(items: T[]): T[] {
  return items.toSorted((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1))
}
