import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterNetwork, Task, TaskSpec } from '@essaim/api-types'
import { familiarImage } from './image.js'
import { publishedPorts } from './ports.js'
import { containerRequest } from './request.js'
import { expand, templateFields } from './template.js'

const node = { id: 'node1', hostname: 'vm', platform: { OS: 'linux', Architecture: 'x86_64' } }

function task(spec: TaskSpec['ContainerSpec'], rest: Partial<Task> = {}, template: Partial<TaskSpec> = {}): Task {
  return {
    ID: 'task1',
    Version: { Index: 1 },
    CreatedAt: '',
    UpdatedAt: '',
    Spec: { ContainerSpec: { Image: 'alpine', ...spec }, ...template },
    ServiceID: 'svc1',
    Slot: 2,
    NodeID: 'node1',
    Status: { State: 'assigned', Timestamp: '' },
    DesiredState: 'running',
    Internal: { SpecVersion: 1, ServiceName: 'web', ServiceLabels: { tier: 'front' }, Ports: [], NotBefore: 0 },
    ...rest,
  }
}

void test('names, labels, command and image', () => {
  const request = containerRequest(task({ Command: ['a'], Args: ['b'], Labels: { c: 'd' } }), node)
  assert.deepEqual([request.Entrypoint, request.Cmd, request.Image], [['a'], ['b'], 'alpine:latest'])
  assert.deepEqual(request.Labels, {
    c: 'd',
    'com.docker.swarm.task': '',
    'com.docker.swarm.task.id': 'task1',
    'com.docker.swarm.task.name': 'web.2.task1',
    'com.docker.swarm.node.id': 'node1',
    'com.docker.swarm.service.id': 'svc1',
    'com.docker.swarm.service.name': 'web',
  })
  const { Slot: _, ...global } = task({})
  assert.equal(containerRequest(global, node).Labels?.['com.docker.swarm.task.name'], 'web.node1.task1')
})

void test('templates in environment, hostname and mounts', () => {
  const request = containerRequest(
    task({
      Env: ['A={{.Node.Hostname}}-{{.Task.Slot}}', 'B={{ index .Service.Labels "tier" }}'],
      Hostname: '{{.Service.Name}}',
      Mounts: [{ Type: 'volume', Source: 'data-{{.Task.Slot}}', Target: '/d' }],
    }),
    node,
  )
  assert.deepEqual(request.Env, ['A=vm-2', 'B=front'])
  assert.equal(request.Hostname, 'web')
  assert.deepEqual(request.HostConfig?.Mounts, [{ Type: 'volume', Source: 'data-2', Target: '/d' }])
  assert.throws(() => expand('{{.Nope}}', templateFields(task({}), node)), /can't evaluate field Nope/)
})

void test('limits, security, hosts and DNS', () => {
  const { HostConfig: host } = containerRequest(
    task(
      {
        Privileges: { NoNewPrivileges: true, Seccomp: { Mode: 'unconfined' }, AppArmor: { Mode: 'disabled' } },
        Hosts: ['10.0.0.1 a b'],
        DNSConfig: { Nameservers: ['1.1.1.1'], Search: ['x'], Options: ['ndots:1'] },
        CapabilityAdd: ['CAP_NET_ADMIN'],
        Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      },
      {},
      { Resources: { Limits: { NanoCPUs: 500_000_000, MemoryBytes: 1 << 26, Pids: 9 } } },
    ),
    node,
  )
  assert.deepEqual(
    { ...host, NetworkMode: undefined },
    {
      NetworkMode: undefined,
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      Memory: 1 << 26,
      PidsLimit: 9,
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
      CapAdd: ['CAP_NET_ADMIN'],
      ExtraHosts: ['a:10.0.0.1', 'b:10.0.0.1'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'no-new-privileges=true'],
      Dns: ['1.1.1.1'],
      DnsSearch: ['x'],
      DnsOptions: ['ndots:1'],
    },
  )
})

void test('networks by id with the addresses that the managers gave', () => {
  const network = (ID: string, Name: string): ClusterNetwork =>
    ({ ID, Spec: { Name }, Internal: { Vni: 4096, Subnet: '10.0.1.0/24', Gateway: '10.0.1.1' } }) as ClusterNetwork
  const attached = containerRequest(
    task(
      {},
      {
        NetworksAttachments: [
          { Network: network('n1', 'front'), Addresses: ['10.0.1.5/24'], Aliases: ['w'] },
          { Network: network('n2', 'back'), Addresses: ['10.0.2.5/24'] },
        ],
      },
    ),
    node,
  )
  assert.equal(attached.HostConfig?.NetworkMode, 'n1')
  assert.deepEqual(attached.NetworkingConfig?.EndpointsConfig, {
    n1: { NetworkID: 'n1', IPAMConfig: { IPv4Address: '10.0.1.5' }, Aliases: ['w'] },
    n2: { NetworkID: 'n2', IPAMConfig: { IPv4Address: '10.0.2.5' } },
  })
  const host = containerRequest(
    task({}, { NetworksAttachments: [{ Network: network('h', 'host'), Addresses: [] }] }),
    node,
  )
  assert.equal(host.HostConfig?.NetworkMode, 'host')
  assert.equal(containerRequest(task({}), node).HostConfig?.NetworkMode, 'default')
})

void test('ports of the host, and what was published in fact', () => {
  const published = task(
    {},
    {
      Internal: {
        ...task({}).Internal,
        Ports: [
          { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
          { Protocol: 'udp', TargetPort: 53, PublishMode: 'host' },
          { Protocol: 'tcp', TargetPort: 81, PublishedPort: 8081, PublishMode: 'ingress' },
        ],
      },
    },
  )
  const request = containerRequest(published, node)
  assert.deepEqual(request.HostConfig?.PortBindings, {
    '80/tcp': [{ HostIp: '', HostPort: '8080' }],
    '53/udp': [{ HostIp: '', HostPort: '' }],
  })
  assert.deepEqual(request.ExposedPorts, { '80/tcp': {}, '53/udp': {} })
  assert.deepEqual(publishedPorts(published, { '53/udp': [{ HostIp: '0.0.0.0', HostPort: '49153' }] }), [
    { Protocol: 'udp', TargetPort: 53, PublishedPort: 49153, PublishMode: 'host' },
  ])
})

void test('mounts that Docker refuses', () => {
  const refused = [
    [{ Type: 'bind', Source: 'rel', Target: '/x' }, 'invalid bind mount source, must be an absolute path: rel'],
    [{ Type: 'bind', Source: '/a', Target: 'x' }, 'invalid mount target, must be an absolute path: x'],
    [{ Type: 'volume', Source: '/a', Target: '/x' }, 'invalid volume mount source, must not be an absolute path: /a'],
    [{ Type: 'tmpfs', Source: 'a', Target: '/x' }, 'invalid tmpfs source, source must be empty'],
  ] as const
  for (const [mount, message] of refused) {
    assert.throws(() => containerRequest(task({ Mounts: [mount] }), node), { message })
  }
})

void test('image names as Docker shows them', () => {
  const cases = [
    ['nginx', 'nginx:latest'],
    ['docker.io/library/nginx:1', 'nginx:1'],
    ['10.0.0.1:5000/a', '10.0.0.1:5000/a:latest'],
    ['a@sha256:ab', 'a@sha256:ab'],
  ] as const
  for (const [given, shown] of cases) assert.equal(familiarImage(given), shown)
})
