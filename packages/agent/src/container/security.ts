import type { TaskSpec } from '@essaim/api-types'

type Privileges = NonNullable<NonNullable<TaskSpec['ContainerSpec']>['Privileges']>

/** A task's privileges as the options that `docker run --security-opt` takes. */
export function securityOptions(privileges: Privileges | undefined): string[] {
  if (!privileges) return []
  const { SELinuxContext: label, Seccomp: seccomp, AppArmor: appArmor } = privileges
  const options: string[] = []
  if (label?.Disable === true) options.push('label=disable')
  for (const [part, value] of [
    ['user', label?.User],
    ['role', label?.Role],
    ['type', label?.Type],
    ['level', label?.Level],
  ]) {
    if (value !== undefined && value !== '') options.push(`label=${part}:${value}`)
  }
  if (seccomp?.Mode === 'unconfined') options.push('seccomp=unconfined')
  // The profile travels as base64, as every Go byte slice in JSON.
  if (seccomp?.Mode === 'custom') options.push(`seccomp=${Buffer.from(seccomp.Profile ?? '', 'base64').toString()}`)
  if (appArmor?.Mode === 'disabled') options.push('apparmor=unconfined')
  if (privileges.NoNewPrivileges === true) options.push('no-new-privileges=true')
  return options
}
