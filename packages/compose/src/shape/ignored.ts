/** Keys that a stack has no use for: they are read past, and named in one warning (the stock CLI's list and words). */
export const unsupported: readonly string[] = [
  'build',
  'cgroup_parent',
  'cgroupns_mode',
  'devices',
  'domainname',
  'external_links',
  'ipc',
  'links',
  'mac_address',
  'network_mode',
  'pid',
  'privileged',
  'restart',
  'security_opt',
  'shm_size',
  'userns_mode',
]

/** Keys that lost their meaning, each with why (the stock CLI's list and words). */
export const deprecated: Readonly<Record<string, string>> = {
  container_name: 'Setting the container name is not supported.',
  expose:
    "Exposing ports is unnecessary - services on the same network can access each other's containers on any port.",
}

/** Keys without effect in a stack that the stock CLI either passes over in silence or does not know. */
export const withoutEffect: readonly string[] = [
  'annotations',
  'attach',
  'depends_on',
  'develop',
  'platform',
  'pull_policy',
  'tmpfs',
]

const limits = 'Set resource limits using deploy.resources'

/** Keys that would change what runs if they were passed over, each with what to write instead. */
export const forbidden: Record<string, string> = {
  cpu_quota: limits,
  cpu_shares: limits,
  cpus: limits,
  cpuset: limits,
  extends: 'Use a second file, or a YAML anchor',
  mem_limit: limits,
  mem_reservation: limits,
  memswap_limit: limits,
  pids_limit: limits,
  scale: 'Set deploy.replicas',
  volume_driver: 'Define a volume using the top-level volumes and specify the driver there',
  volumes_from: 'Define a volume using the top-level volumes and reference it from each service that shares it',
}

export const ignored: ReadonlySet<string> = new Set([...unsupported, ...Object.keys(deprecated), ...withoutEffect])
