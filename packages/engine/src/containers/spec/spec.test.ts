import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerConfig, HostConfig } from '@essaim/api-types'
import { buildSpec, type SpecInput } from './build.js'
import { allCapabilities, capabilitySet, processCapabilities } from './capabilities.js'
import { mergeEnv, processEnv } from './env.js'
import { ociResources } from './resources.js'
import { filterProfile } from './seccomp.js'
import { parseSecurity } from './security.js'
import type { OciSpec } from './types.js'
import { resolveUser } from './users.js'

const etc = { hostsFile: '/h/hosts', hostnameFile: '/h/hostname', resolvFile: '/h/resolv.conf' }

function build(config: ContainerConfig, host: HostConfig, more: Partial<SpecInput> = {}): OciSpec {
  return buildSpec({
    id: 'abc',
    path: 'sh',
    args: ['-c', 'true'],
    config: { Hostname: 'h1', ...config },
    host: { SecurityOpt: ['seccomp=unconfined'], ...host },
    user: { uid: 0, gid: 0, additionalGids: [0] },
    mounts: [],
    etc,
    joined: { network: '/run/netns/x' },
    hostNetwork: false,
    ...more,
  })
}

void test('capabilities: Docker’s set, additions, drops, all and none', () => {
  assert.equal(capabilitySet([], [], false).length, 14)
  assert.deepEqual(capabilitySet([], ['ALL'], false), [])
  assert.deepEqual(capabilitySet(['net_admin'], ['all'], false), ['CAP_NET_ADMIN'])
  assert.ok(!capabilitySet(['ALL'], ['CAP_SYS_ADMIN'], false).includes('CAP_SYS_ADMIN'))
  assert.deepEqual(capabilitySet([], ['ALL'], true), allCapabilities)
  assert.throws(() => capabilitySet(['FOO'], [], false), { message: 'invalid CapAdd: unknown capability: "CAP_FOO"' })
  assert.deepEqual(processCapabilities(['CAP_KILL'], 1000), { bounding: ['CAP_KILL'], effective: [], permitted: [] })
})

void test('users come from the image’s files, by name or number, with their groups', () => {
  const files = {
    passwd: 'root:x:0:0::/root:/bin/sh\nweb:x:33:33::/:/bin/sh\n',
    group: 'root:x:0:\nweb:x:33:\ntty:x:5:web\nlog:x:44:\n',
  }
  assert.deepEqual(resolveUser('', [], files), { uid: 0, gid: 0, additionalGids: [0] })
  assert.deepEqual(resolveUser('web', ['log'], files), { uid: 33, gid: 33, additionalGids: [33, 5, 44] })
  assert.deepEqual(resolveUser('1000:log', [], files), { uid: 1000, gid: 44, additionalGids: [44] })
  assert.deepEqual(resolveUser('33', [], files).additionalGids, [33, 5])
  assert.throws(() => resolveUser('nobody', [], files), {
    message: 'unable to find user nobody: no matching entries in passwd file',
  })
  assert.throws(() => resolveUser('0:nosuch', [], files), /unable to find group nosuch/)
})

void test('environment: defaults are replaced in place, a bare name removes', () => {
  assert.deepEqual(processEnv('h', true, ['PATH=/x', 'A=1']), ['PATH=/x', 'HOSTNAME=h', 'TERM=xterm', 'A=1'])
  assert.deepEqual(mergeEnv(['A=1', 'B=2'], ['A', 'B=3']), ['B=3'])
})

void test('resources: zero says nothing, CPUs become a quota, swap is twice the memory', () => {
  assert.deepEqual(ociResources({ Memory: 0, CpuShares: 0 }, []), { devices: [] })
  const { memory, cpu, pids } = ociResources({ Memory: 64 << 20, NanoCpus: 5e8, PidsLimit: 50 }, [])
  assert.deepEqual(memory, { limit: 64 << 20, swap: 128 << 20 })
  assert.deepEqual(cpu, { quota: 50_000, period: 100_000 })
  assert.deepEqual(pids, { limit: 50 })
  assert.equal(ociResources({ MemorySwappiness: 0 }, []).memory?.swappiness, 0)
})

void test('seccomp rules are chosen by machine and capabilities', () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }],
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['arm_only'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
    ],
  }
  const plain = filterProfile(profile, [], 'x64')
  assert.deepEqual(plain.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'])
  assert.deepEqual(
    plain.syscalls.map(({ names, action }) => `${names[0]} ${action}`),
    ['read SCMP_ACT_ALLOW', 'bpf SCMP_ACT_ERRNO'],
  )
  assert.equal(filterProfile(profile, ['CAP_SYS_ADMIN'], 'x64').syscalls[1]?.action, 'SCMP_ACT_ALLOW')
})

void test('security options', () => {
  assert.deepEqual(parseSecurity(['no-new-privileges', 'seccomp=unconfined', 'apparmor=mine', 'label=disable']), {
    noNewPrivileges: true,
    seccomp: 'unconfined',
    appArmor: 'mine',
  })
  assert.throws(() => parseSecurity(['foo']), { message: 'invalid --security-opt 1: "foo"' })
  assert.throws(() => parseSecurity(['foo=bar']), { message: 'invalid --security-opt 2: "foo=bar"' })
})

void test('an ordinary container: own namespaces, masked paths, the sandbox’s files, nothing writable of the kernel’s', () => {
  const spec = build({}, {})
  assert.deepEqual(
    spec.linux.namespaces.map(({ type }) => type),
    ['mount', 'network', 'uts', 'pid', 'ipc'],
  )
  assert.equal(spec.linux.namespaces[1]?.path, '/run/netns/x')
  assert.ok(spec.linux.maskedPaths.includes('/proc/kcore'))
  assert.equal(spec.linux.cgroupsPath, '/essaim/abc')
  assert.deepEqual(spec.process.args, ['sh', '-c', 'true'])
  assert.equal(spec.process.cwd, '/')
  const hosts = spec.mounts.find(({ destination }) => destination === '/etc/hosts')
  assert.equal(hosts?.source, '/h/hosts')
  assert.ok(spec.mounts.find(({ destination }) => destination === '/sys')?.options.includes('ro'))
  assert.equal(spec.linux.sysctl['net.ipv4.ip_unprivileged_port_start'], '0')
})

void test('privileged, host modes, init, and a user’s mount in place of ours', () => {
  const all = build({}, { Privileged: true })
  assert.deepEqual(all.linux.resources.devices, [{ allow: true, access: 'rwm' }])
  assert.deepEqual(all.linux.maskedPaths, [])
  assert.equal(all.linux.seccomp, undefined)
  assert.ok(all.linux.devices.some(({ path }) => path === '/dev/null'))
  const shared = build({}, { PidMode: 'host', IpcMode: 'host', UTSMode: 'host' }, { hostNetwork: true })
  assert.deepEqual(
    shared.linux.namespaces.map(({ type }) => type),
    ['mount'],
  )
  assert.deepEqual(shared.linux.sysctl, {})
  const init = build({}, {}, { initPath: '/usr/bin/tini' })
  assert.deepEqual(init.process.args.slice(0, 3), ['/sbin/docker-init', '--', 'sh'])
  const own = { destination: '/dev/shm', type: 'bind', source: '/srv/shm', options: ['rbind'] }
  const mounts = build({}, {}, { mounts: [own] }).mounts.filter(({ destination }) => destination === '/dev/shm')
  assert.deepEqual(mounts, [own])
})
