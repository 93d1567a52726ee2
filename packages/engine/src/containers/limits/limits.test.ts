import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Resources } from '@essaim/api-types'
import { checkLimits } from './check.js'
import { lookAtKernel, type KernelLimits } from './kernel.js'

function kernelWith(t: TestContext, files: Record<string, string>): KernelLimits {
  const root = mkdtempSync(join(tmpdir(), 'essaim-cgroups-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return lookAtKernel(root)
}

const v2 = {
  'cgroup.controllers': 'cpuset cpu io memory pids\n',
  'cpuset.cpus.effective': '0-3\n',
  'cpuset.mems.effective': '0\n',
  'system.slice/memory.swap.max': 'max\n',
}

const everything: Resources = {
  Memory: 64 << 20,
  MemorySwap: 128 << 20,
  MemoryReservation: 32 << 20,
  MemorySwappiness: 10,
  KernelMemoryTCP: 8 << 20,
  OomKillDisable: true,
  PidsLimit: 10,
  CpuShares: 512,
  CpuPeriod: 50_000,
  CpuQuota: 25_000,
  CpusetCpus: '0,2-3',
  CpusetMems: '0',
  BlkioWeight: 300,
  BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 200 }],
  BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1 }],
}

void test('the unified hierarchy: what it has no means for is dropped, and said', (t) => {
  const kernel = kernelWith(t, v2)
  assert.equal(kernel.version, 2)
  const { changes, warnings } = checkLimits(everything, kernel, 4)
  assert.deepEqual(changes, { MemorySwappiness: -1, KernelMemoryTCP: 0, OomKillDisable: false })
  assert.deepEqual(warnings, [
    'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    'Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
  ])
  assert.throws(() => checkLimits({ CpuRealtimeRuntime: 1 }, kernel, 4), /does not support CPU real-time scheduler/)
})

void test('a host without controllers keeps no limit, and says so of each', (t) => {
  const { changes, warnings } = checkLimits(everything, kernelWith(t, {}), 4)
  const zero = { Memory: 0, MemorySwap: 0, MemoryReservation: 0, PidsLimit: 0, CpuShares: 0, CpuPeriod: 0, CpuQuota: 0 }
  const sets = { CpusetCpus: '', CpusetMems: '', BlkioWeight: 0, BlkioWeightDevice: [], BlkioDeviceReadBps: [] }
  assert.deepEqual(changes, { ...zero, ...sets, MemorySwappiness: -1, KernelMemoryTCP: 0, OomKillDisable: false })
  assert.equal(warnings.length, 12)
  assert.throws(() => checkLimits({ NanoCpus: 1e9 }, kernelWith(t, {}), 4), /NanoCPUs can not be set/)
})

void test('version 1 by its files: swap that is not counted leaves memory limited without it', (t) => {
  const files = { 'memory/memory.limit_in_bytes': '', 'cpuset/cpuset.cpus': '0-1', 'cpuset/cpuset.mems': '0' }
  const kernel = kernelWith(t, { ...files, 'memory/memory.oom_control': '' })
  assert.equal(kernel.version, 1)
  assert.deepEqual(checkLimits({ Memory: 64 << 20 }, kernel, 2).changes, { MemorySwap: -1 })
  assert.match(checkLimits({ OomKillDisable: true }, kernel, 2).warnings.join(), /^OOM killer is disabled/)
})

void test('wrong limits are refused in Docker’s words', (t) => {
  const kernel = kernelWith(t, v2)
  const refusals: [Resources, string][] = [
    [{ Memory: 1 }, 'Minimum memory limit allowed is 6MB'],
    [{ MemorySwap: 10 }, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
    [{ MemorySwappiness: 200 }, 'Invalid value: 200, valid memory swappiness range is 0-100'],
    [{ NanoCpus: 9e9 }, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
    [{ CpuPeriod: 5 }, 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)'],
    [{ CpusetCpus: '7' }, 'Requested CPUs are not available - requested 7, available: 0-3'],
    [{ CpusetMems: '7' }, 'Requested memory nodes are not available - requested 7, available: 0'],
    [{ CpusetMems: 'x' }, 'Invalid value x for cpuset mems: invalid format: x'],
    [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
    [{ IOMaximumIOps: 5 }, 'Invalid QoS settings: linux does not support configuration of maximum IOPs'],
    [{ IOMaximumBandwidth: 5 }, 'Invalid QoS settings: linux does not support configuration of maximum bandwidth'],
  ]
  for (const [given, message] of refusals) assert.throws(() => checkLimits(given, kernel, 4), { message })
})
