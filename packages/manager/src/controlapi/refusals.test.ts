import { test } from 'node:test'
import assert from 'node:assert/strict'
import { EssaimError, type ErrorKind } from '@essaim/base'
import type { NetworkCreateRequest, ServiceSpec } from '@essaim/api-types'
import { caller, openManager } from '../manager.fixture.js'
import type { Manager } from '../manager.js'

type Container = NonNullable<NonNullable<ServiceSpec['TaskTemplate']>['ContainerSpec']>
type Template = NonNullable<ServiceSpec['TaskTemplate']>

const service = (more: object = {}, template: object = {}, container: object = {}): ServiceSpec => ({
  Name: 'web',
  ...more,
  TaskTemplate: { ContainerSpec: { Image: 'alpine', ...container }, ...template },
})
const of = (container: Container | object): ServiceSpec => service({}, {}, container)
const inTask = (template: Template | object): ServiceSpec => service({}, template)
const ports = (...Ports: object[]): ServiceSpec => service({ EndpointSpec: { Ports } })

const argument = (message: string): [ErrorKind, string] => [
  'invalid',
  `rpc error: code = InvalidArgument desc = ${message}`,
]

/** What Docker Engine 20.10 answers to each. */
const services: [string, ServiceSpec, ErrorKind, string][] = [
  ['no container', { Name: 'web' }, 'invalid', 'mismatched Runtime and *Spec fields'],
  ['no image', of({ Image: '' }), ...argument('ContainerSpec: image reference must be provided')],
  ['a bad image', of({ Image: 'al pine' }), ...argument('ContainerSpec: "al pine" is not a valid repository/tag')],
  [
    'a short digest',
    of({ Image: 'a@sha256:abc' }),
    ...argument('ContainerSpec: "a@sha256:abc" is not a valid repository/tag'),
  ],
  ['a bad name', service({ Name: 'bad name!' }), ...argument('name must be valid as a DNS name component')],
  ['a dotted name', service({ Name: 'a.b' }), ...argument('name must be valid as a DNS name component')],
  ['a long name', service({ Name: 'a'.repeat(64) }), ...argument('name must be 63 characters or fewer')],
  ['two modes', service({ Mode: { Replicated: {}, Global: {} } }), 'invalid', 'must specify only one service mode'],
  [
    'a constraint without operator',
    inTask({ Placement: { Constraints: ['node.role=manager'] } }),
    'internal',
    'rpc error: code = Unknown desc = constraint expected one operator from ==, !=',
  ],
  [
    'little memory',
    inTask({ Resources: { Limits: { MemoryBytes: 1000 } } }),
    ...argument('invalid memory value 1000: Must be at least 4MiB'),
  ],
  [
    'little cpu',
    inTask({ Resources: { Limits: { NanoCPUs: 1000 } } }),
    ...argument('invalid cpu value 1e-06: Must be at least 0.001'),
  ],
  [
    'negative cpu',
    inTask({ Resources: { Limits: { NanoCPUs: -1000 } } }),
    ...argument('invalid cpu value -1e-06: Must be at least 0.001'),
  ],
  [
    'a restart condition',
    inTask({ RestartPolicy: { Condition: 'sometimes' } }),
    'invalid',
    'invalid RestartCondition: "sometimes"',
  ],
  [
    'a restart delay',
    inTask({ RestartPolicy: { Delay: -5 } }),
    ...argument('TaskSpec: restart-delay cannot be negative'),
  ],
  [
    'a failure action',
    service({ UpdateConfig: { FailureAction: 'explode' } }),
    'invalid',
    'unrecognized update failure action explode',
  ],
  ['an order', service({ UpdateConfig: { Order: 'sideways' } }), 'invalid', 'unrecognized update order sideways'],
  ['a delay', service({ UpdateConfig: { Delay: -1 } }), ...argument('TaskSpec: update-delay cannot be negative')],
  [
    'a ratio',
    service({ UpdateConfig: { MaxFailureRatio: 2 } }),
    ...argument('TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1'),
  ],
  ['a resolution mode', service({ EndpointSpec: { Mode: 'weird' } }), 'invalid', 'invalid resolution mode: "weird"'],
  [
    'dnsrr with ingress ports',
    service({ EndpointSpec: { Mode: 'dnsrr', Ports: [{ TargetPort: 80 }] } }),
    ...argument("EndpointSpec: port published with ingress mode can't be used with dnsrr mode"),
  ],
  [
    'a port twice',
    ports({ TargetPort: 80, PublishedPort: 1 }, { TargetPort: 81, PublishedPort: 1 }),
    ...argument('EndpointSpec: duplicate published ports provided'),
  ],
  ['an unknown network', inTask({ Networks: [{ Target: 'nosuch' }] }), 'internal', 'network nosuch not found'],
  [
    'the ingress network',
    inTask({ Networks: [{ Target: 'ingress' }] }),
    ...argument('Service cannot be explicitly attached to the ingress network "ingress"'),
  ],
  [
    'no network of the swarm',
    inTask({ Networks: [{ Target: 'none' }] }),
    'not-found',
    'could not find the corresponding predefined swarm network: network none not found',
  ],
  [
    'an unknown secret',
    of({ Secrets: [{ SecretID: 'x', SecretName: 'nosuch', File: { Name: 'x' } }] }),
    ...argument('secret not found: nosuch'),
  ],
  ['a secret without id', of({ Secrets: [{ SecretName: 'x' }] }), ...argument('malformed secret reference')],
  [
    'a secret without target',
    of({ Secrets: [{ SecretID: 'x', SecretName: 'x' }] }),
    ...argument('malformed secret reference, no target provided'),
  ],
  [
    'a config without target',
    of({ Configs: [{ ConfigID: 'x', ConfigName: 'x' }] }),
    'invalid',
    'invalid Config: either File or Runtime should be set',
  ],
  [
    'two secrets at one target',
    of({ Secrets: ['a', 'b'].map((id) => ({ SecretID: id, SecretName: id, File: { Name: 'x' } })) }),
    ...argument("secret references 'a' and 'b' have a conflicting target: 'x'"),
  ],
  [
    'a mount twice',
    of({
      Mounts: [
        { Type: 'bind', Target: '/x' },
        { Type: 'bind', Target: '/x' },
      ],
    }),
    ...argument('ContainerSpec: duplicate mount point: /x'),
  ],
  ['a mount type', of({ Mounts: [{ Type: 'weird', Target: '/x' }] }), 'invalid', 'invalid MountType: "weird"'],
  [
    'a propagation',
    of({ Mounts: [{ Type: 'bind', BindOptions: { Propagation: 'bad' } }] }),
    'invalid',
    'invalid MountPropagation: "bad"',
  ],
  [
    'a short interval',
    of({ HealthCheck: { Interval: 1 } }),
    ...argument('ContainerSpec: Interval in HealthConfig cannot be less than 1ms'),
  ],
  [
    'negative retries',
    of({ HealthCheck: { Retries: -1 } }),
    ...argument('ContainerSpec: Retries in HealthConfig cannot be negative'),
  ],
  ['a plugin', inTask({ Runtime: 'plugin' }), 'invalid', 'mismatched Runtime and *Spec fields'],
  ['a runtime', inTask({ Runtime: 'weird' }), 'invalid', 'unsupported runtime'],
  [
    'an open template',
    of({ Hostname: '{{.Node.Hostname' }),
    ...argument('expanding hostname failed: template: expansion:1: unclosed action'),
  ],
  [
    'an open template in the environment',
    of({ Env: ['A={{.Foo'] }),
    ...argument('expanding env failed: expanding env "A={{.Foo": template: expansion:1: unclosed action'),
  ],
  [
    'a field that no template has',
    of({ Hostname: '{{.Service.Bad}}' }),
    ...argument(
      'expanding hostname failed: template: expansion:1:10: executing "expansion" at <.Service.Bad>: ' +
        "can't evaluate field Bad in type struct { ID string; Name string; Labels map[string]string }",
    ),
  ],
  [
    'a function that no template has',
    of({ Hostname: '{{nofunc .Service.Name}}' }),
    ...argument('expanding hostname failed: template: expansion:1: function "nofunc" not defined'),
  ],
  [
    'a job that is updated',
    service({ Mode: { ReplicatedJob: {} }, UpdateConfig: { Parallelism: 1 } }),
    ...argument('Jobs may not have an update config'),
  ],
]

const networks: [string, NetworkCreateRequest, ErrorKind, string][] = [
  ['no name', { Name: '' }, 'internal', 'invalid name: '],
  ['a bad name', { Name: 'a/b' }, ...argument('name must be valid as a DNS name component')],
  ['a taken name', { Name: 'ingress' }, 'conflict', 'network with name ingress already exists'],
  [
    'a bad subnet',
    { Name: 'n', IPAM: { Config: [{ Subnet: 'x' }] } },
    'internal',
    'Invalid subnet x : invalid CIDR address: x',
  ],
  [
    'a gateway elsewhere',
    { Name: 'n', IPAM: { Config: [{ Subnet: '10.78.1.0/24', Gateway: '10.79.0.1' }] } },
    ...argument('ipam configuration: subnet 10.78.1.0/24 does not contain gateway 10.79.0.1'),
  ],
  ['local scope', { Name: 'n', Scope: 'local' }, 'forbidden', 'cannot downgrade network scope for overlay networks'],
  ['an unknown driver', { Name: 'n', Driver: 'nosuch' }, 'not-found', 'plugin "nosuch" not found'],
  ['an unknown IPAM driver', { Name: 'n', IPAM: { Driver: 'x' } }, ...argument('error during lookup of plugin x')],
  [
    'an attachable ingress',
    { Name: 'n', Ingress: true, Attachable: true },
    ...argument('ingress network cannot be attachable'),
  ],
]

const refusal =
  (kind: ErrorKind, message: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof EssaimError)
    assert.deepEqual([error.kind, error.message], [kind, message])
    return true
  }

async function refused(work: Promise<unknown>, kind: ErrorKind, message: string): Promise<void> {
  await assert.rejects(work, refusal(kind, message))
}

test("services are refused in Docker's words, and nothing of them is stored", async (t) => {
  const { manager } = await openManager(t)
  for (const [, spec, kind, message] of services) await refused(manager.services.create(spec, caller), kind, message)
  assert.equal(manager.store.view().count('service'), 0)
})

test("networks are refused in Docker's words, and nothing of them is stored", async (t) => {
  const { manager } = await openManager(t)
  const before = manager.store.view().count('network')
  for (const [, request, kind, message] of networks) {
    await refused(manager.networks.create(request, caller), kind, message)
  }
  assert.equal(manager.store.view().count('network'), before)
})

async function update(manager: Manager, change: (spec: ServiceSpec) => void, version?: number): Promise<unknown> {
  const { Spec, Version } = await manager.services.inspect('web', { insertDefaults: false })
  const spec = structuredClone(Spec)
  change(spec)
  const options = { version: version ?? Version.Index, spec, rollback: false, registryAuthFrom: 'spec' as const }
  return manager.services.update('web', options, caller)
}

test('what a service may not become', async (t) => {
  const { manager } = await openManager(t)
  const { ID = '' } = await manager.services.create(ports({ TargetPort: 80, PublishedPort: 18081 }), caller)
  const unimplemented = 'rpc error: code = Unimplemented desc ='
  await refused(
    manager.services.create(service(), caller),
    'conflict',
    'rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists',
  )
  const clash = service({ Name: 'clash', EndpointSpec: { Ports: [{ TargetPort: 1, PublishedPort: 18081 }] } })
  const taken = `port '18081' is already in use by service 'web' (${ID}) as an ingress port`
  await refused(manager.services.create(clash, caller), ...argument(taken))
  await refused(
    update(manager, (spec) => (spec.Name = 'x')),
    'not-implemented',
    `${unimplemented} renaming services is not supported`,
  )
  await refused(
    update(manager, (spec) => (spec.Mode = { Global: {} })),
    'not-implemented',
    `${unimplemented} service mode change is not allowed`,
  )
  await refused(
    update(manager, () => {}, 1),
    'internal',
    'rpc error: code = Unknown desc = update out of sequence',
  )
  const back = { version: 1, spec: service(), rollback: true, registryAuthFrom: 'spec' as const }
  await refused(
    manager.services.update('web', back, caller),
    'invalid',
    `rpc error: code = FailedPrecondition desc = service ${ID} does not have a previous spec`,
  )
  await refused(manager.services.inspect('nosuch', { insertDefaults: false }), 'not-found', 'service nosuch not found')
  await refused(manager.tasks.list({ service: ['nosuch'] }), 'not-found', 'service nosuch not found')
  await refused(
    manager.tasks.list({ 'desired-state': ['sleeping'] }),
    'internal',
    "Invalid desired-state filter: 'sleeping'",
  )
  await refused(manager.services.list({ filters: { foo: ['x'] }, status: false }), 'invalid', "Invalid filter 'foo'")
})

test('secrets and configs keep name and data, and the last manager stays', async (t) => {
  const { manager } = await openManager(t)
  const { secrets, configs, nodes } = manager
  await secrets.create({ Name: 'pw', Data: 'eA==' }, caller)
  await refused(
    secrets.create({ Name: 'pw', Data: 'eA==' }, caller),
    'conflict',
    'rpc error: code = AlreadyExists desc = secret pw already exists',
  )
  await refused(secrets.create({ Name: 'x', Data: '!!!' }, caller), 'invalid', 'illegal base64 data at input byte 0')
  await refused(
    secrets.create({ Name: 'x' }, caller),
    ...argument('secret data must be larger than 0 and less than 512000 bytes'),
  )
  const big = Buffer.alloc(1024_001).toString('base64')
  await refused(
    configs.create({ Name: 'x', Data: big }, caller),
    ...argument('config data must be larger than 0 and less than 1024000 bytes'),
  )
  await refused(
    secrets.create({ Name: 'bad name', Data: 'eA==' }, caller),
    ...argument(
      'invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]',
    ),
  )
  const { Version, Spec } = await secrets.inspect('pw')
  assert.equal('Data' in Spec, false)
  await refused(
    secrets.update('pw', Version.Index, { Name: 'pw', Data: 'eQ==' }, caller),
    ...argument('only updates to Labels are allowed'),
  )
  await refused(
    secrets.update('pw', 1, { Name: 'pw' }, caller),
    'internal',
    'rpc error: code = Unknown desc = update out of sequence',
  )
  await secrets.update('pw', Version.Index, { Name: 'pw', Labels: { a: 'b' } }, caller)
  const { ID, Version: version } = await nodes.inspect('host')
  const spec = { Role: 'worker', Availability: 'active' } as const
  await refused(
    nodes.update(ID, version.Index, spec, caller),
    'invalid',
    'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm',
  )
  await refused(nodes.update(ID, version.Index, { Role: 'manager' }, caller), 'invalid', 'invalid Availability: ""')
  await refused(
    nodes.remove(ID, { force: true }, caller),
    'invalid',
    `rpc error: code = FailedPrecondition desc = node ${ID} is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal`,
  )
})
