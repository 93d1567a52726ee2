import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch, release } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What does not change while the daemon runs. */
export interface HostFacts {
  operatingSystem: string
  osVersion: string
  kernel: string
  /** As uname has it. */
  machine: string
  /** As Go names it. */
  goArch: string
  runcVersion: string
  initVersion: string
}

const machines: Record<string, { machine: string; go: string }> = {
  x64: { machine: 'x86_64', go: 'amd64' },
  arm64: { machine: 'aarch64', go: 'arm64' },
}

export async function hostFacts(): Promise<HostFacts> {
  const release_ = osRelease()
  const names = machines[arch()] ?? { machine: arch(), go: arch() }
  return {
    operatingSystem: release_['PRETTY_NAME'] ?? 'Linux',
    osVersion: release_['VERSION_ID'] ?? '',
    kernel: release(),
    machine: names.machine,
    goArch: names.go,
    runcVersion: await versionOf('runc', /version (\S+)/),
    initVersion: await versionOf('tini', /version (\S+)/),
  }
}

function osRelease(): Record<string, string> {
  const path = ['/etc/os-release', '/usr/lib/os-release'].find((file) => existsSync(file))
  if (path === undefined) return {}
  const pairs = [...readFileSync(path, 'utf8').matchAll(/^(\w+)="?([^"\n]*)"?$/gm)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}

/** Empty when the program is not there. */
async function versionOf(program: string, pattern: RegExp): Promise<string> {
  try {
    const { stdout } = await run(program, ['--version'])
    return pattern.exec(stdout)?.[1] ?? ''
  } catch {
    return ''
  }
}
