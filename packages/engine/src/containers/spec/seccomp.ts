import { readFileSync } from 'node:fs'
import { invalid } from '@essaim/base'
import type { OciSeccomp, OciSyscall } from './types.js'

/** Where Debian's golang-github-containers-common puts the default profile. */
const defaultPath = '/usr/share/containers/seccomp.json'

interface Condition {
  arches?: string[] | null
  caps?: string[] | null
}

interface Profile {
  defaultAction: string
  defaultErrnoRet?: number
  architectures?: string[]
  archMap?: { architecture: string; subArchitectures?: string[] }[]
  syscalls?: (Partial<OciSyscall> & { name?: string; action: string; includes?: Condition; excludes?: Condition })[]
}

const arches: Record<string, { own: string[]; native: string; names: string[] }> = {
  // x32 is left out: each architecture makes the filter, and every start, dearer, and nothing uses that one.
  x64: { native: 'SCMP_ARCH_X86_64', own: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], names: ['amd64', 'x86'] },
  arm64: { native: 'SCMP_ARCH_AARCH64', own: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'], names: ['arm64', 'arm'] },
}

const cache = new Map<string, OciSeccomp>()
let defaultProfile: Profile | undefined

/** The default profile for a process with these capabilities. */
export function defaultSeccomp(capabilities: string[]): OciSeccomp {
  const key = capabilities.join(' ')
  let found = cache.get(key)
  if (!found) {
    defaultProfile ??= JSON.parse(readFileSync(defaultPath, 'utf8')) as Profile
    found = filterProfile(defaultProfile, capabilities)
    if (cache.size >= 8) cache.clear()
    cache.set(key, found)
  }
  return found
}

/** A user's own profile, as the CLI sends it: the file's text. */
export function customSeccomp(text: string, capabilities: string[]): OciSeccomp {
  let profile: Profile
  try {
    profile = JSON.parse(text) as Profile
  } catch (cause) {
    throw invalid('container.seccomp', `Decoding seccomp profile failed: ${(cause as Error).message}`, { cause })
  }
  if (typeof profile.defaultAction !== 'string') {
    throw invalid('container.seccomp', 'Decoding seccomp profile failed: defaultAction is missing')
  }
  return filterProfile(profile, capabilities)
}

/** The rules that hold on this machine for a process with these capabilities. */
export function filterProfile(profile: Profile, capabilities: string[], arch: string = process.arch): OciSeccomp {
  const machine = arches[arch] ?? { native: '', own: [], names: [arch] }
  const mapped = profile.archMap?.some((entry) => entry.architecture === machine.native) ?? false
  const matches = (condition: Condition | undefined): boolean =>
    (condition?.arches ?? []).every((_, __, all) => all.some((name) => machine.names.includes(name))) &&
    (condition?.caps ?? []).every((cap) => capabilities.includes(cap))
  const excluded = (condition: Condition | undefined): boolean =>
    (condition?.arches ?? []).some((name) => machine.names.includes(name)) ||
    (condition?.caps ?? []).some((cap) => capabilities.includes(cap))
  const syscalls: OciSyscall[] = []
  for (const rule of profile.syscalls ?? []) {
    if (!matches(rule.includes) || excluded(rule.excludes)) continue
    const names = rule.names ?? (rule.name ? [rule.name] : [])
    syscalls.push({
      names,
      action: rule.action,
      ...(rule.errnoRet !== undefined && { errnoRet: rule.errnoRet }),
      ...(rule.args && rule.args.length > 0 && { args: rule.args }),
    })
  }
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: mapped ? machine.own : (profile.architectures ?? machine.own),
    syscalls,
  }
}
