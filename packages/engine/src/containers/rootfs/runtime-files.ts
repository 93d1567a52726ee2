/** What the runtime makes in every container to mount upon, and what marks one; no change of the user's. */
export const runtimeFiles: ReadonlySet<string> = new Set([
  '/.dockerenv',
  '/dev',
  '/proc',
  '/sys',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/sbin/docker-init',
])
