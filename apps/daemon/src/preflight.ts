import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the machine must have, and the Debian package that brings it. */
interface Need {
  what: string
  package: string
  missing: (machine: Machine) => boolean
}

/** The machine as the checks see it; tests give another. */
export interface Machine {
  uid: number
  hasProgram(name: string): boolean
  hasFile(path: string): boolean
  /** File system types that the kernel can mount now; undefined where that cannot be told. */
  fileSystems?: string
}

const program = (name: string, from: string): Need => ({
  what: name,
  package: from,
  missing: (machine) => !machine.hasProgram(name),
})

const needs: readonly Need[] = [
  program('runc', 'runc'),
  program('nft', 'nftables'),
  program('ip', 'iproute2'),
  program('bridge', 'iproute2'),
  program('nsenter', 'util-linux'),
  program('mount', 'mount'),
  program('ps', 'procps'),
  {
    what: 'tini (the init of containers that ask for one)',
    package: 'tini',
    missing: (machine) => !machine.hasProgram('tini-static') && !machine.hasProgram('tini'),
  },
  {
    what: '/usr/share/containers/seccomp.json (the default seccomp profile)',
    package: 'golang-github-containers-common',
    missing: (machine) => !machine.hasFile('/usr/share/containers/seccomp.json'),
  },
]

/**
 * What is in the way of a start, one line a finding, with what to do; empty when all is there. A containerd of our own
 * needs its program; a foreign one needs its socket.
 */
export function preflight(machine: Machine, containerd: string | undefined): string[] {
  const findings: string[] = []
  if (machine.uid !== 0) findings.push('essaimd needs to run as root: start it with sudo, or as a systemd service')
  if (containerd !== undefined && !machine.hasFile(containerd)) {
    findings.push(`no containerd answers at ${containerd}: start it, or leave --containerd away to have one of our own`)
  }
  const wanted = containerd === undefined ? [program('containerd', 'containerd'), ...needs] : needs
  const missing = wanted.filter((need) => need.missing(machine))
  for (const need of missing) findings.push(`missing: ${need.what}, from the Debian package ${need.package}`)
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((need) => need.package))]
    findings.push(`install what is missing: apt-get install --no-install-recommends ${packages.join(' ')}`)
  }
  if (machine.fileSystems !== undefined && !/\boverlay\b/.test(machine.fileSystems)) {
    findings.push('the kernel has no overlay file system: load it with modprobe overlay')
  }
  return findings
}

export const thisMachine: Machine = {
  uid: process.getuid?.() ?? 0,
  hasProgram: (name) => searchPath().some((folder) => isExecutable(join(folder, name))),
  hasFile: existsSync,
  get fileSystems() {
    // A kernel that loads the module on demand lists it only afterwards.
    const listed = readFileSync('/proc/filesystems', 'utf8')
    return /\boverlay\b/.test(listed) || !existsSync('/proc/modules') ? listed : undefined
  },
}

function searchPath(): string[] {
  // A service manager or sudo may leave the sbin folders out, where Debian keeps nft and runc.
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(Boolean)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
