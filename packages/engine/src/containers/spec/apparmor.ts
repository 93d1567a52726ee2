import { readFileSync } from 'node:fs'
import type { HostConfig } from '@essaim/api-types'
import { parseSecurity } from './security.js'

/** Docker's name of the profile that confines a container where none is named. */
const usual = 'docker-default'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Whether this host's kernel has AppArmor, and it is on. */
const enabled = (): boolean => read('/sys/module/apparmor/parameters/enabled').startsWith('Y')

const isLoaded = (profile: string): boolean => read('/sys/kernel/security/apparmor/profiles').includes(`${profile} (`)

/** The profile as inspect shows it: what was asked for, whether the host has AppArmor or not. */
export function appArmorProfile({ SecurityOpt, Privileged }: HostConfig): string {
  const { appArmor } = parseSecurity(SecurityOpt ?? [])
  if (appArmor !== '') return appArmor
  if (!enabled()) return ''
  return Privileged === true ? 'unconfined' : isLoaded(usual) ? usual : ''
}

/** The profile that the process gets; undefined for none, such as on a host without AppArmor. */
export function effectiveProfile(host: HostConfig): string | undefined {
  const profile = appArmorProfile(host)
  return profile === '' || profile === 'unconfined' || !enabled() ? undefined : profile
}
