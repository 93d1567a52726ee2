import { invalid } from '@essaim/base'
import type { OciCapabilities } from './types.js'

/** What a container may do unless told otherwise: Docker's set. */
const defaults = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]

/** Every capability of capabilities(7), in the kernel's order. */
export const allCapabilities = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`)

/**
 * The effective set after `add` and `drop`; throws Docker's refusal of a name that is unknown. `all` is what ALL and
 * privileged stand for.
 */
export function capabilitySet(add: string[], drop: string[], privileged: boolean, all = allCapabilities): string[] {
  if (privileged) return all
  const added = normalise(add, 'CapAdd')
  const dropped = normalise(drop, 'CapDrop')
  const start = added.includes('ALL') ? all : dropped.includes('ALL') ? [] : defaults
  const kept = start.filter((name) => !dropped.includes(name))
  return [...new Set([...kept, ...added.filter((name) => name !== 'ALL')])]
}

/** A process that is not root gets none of them effective or permitted, as execve would have it. */
export function processCapabilities(set: string[], uid: number): OciCapabilities {
  return { bounding: set, effective: uid === 0 ? set : [], permitted: uid === 0 ? set : [] }
}

function normalise(names: string[], field: string): string[] {
  return names.map((given) => {
    const upper = given.toUpperCase()
    if (upper === 'ALL') return 'ALL'
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
    if (!allCapabilities.includes(name)) {
      throw invalid('container.capability', `invalid ${field}: unknown capability: "${name}"`)
    }
    return name
  })
}
