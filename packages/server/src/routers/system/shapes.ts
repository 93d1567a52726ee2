import type { SystemInfo } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** What `version`'s clients know of the system's information. */
export function infoAnswer(info: SystemInfo, version: string): SystemInfo {
  const answer = { ...info }
  if (!atLeast(version, '1.46')) delete answer.Containerd
  if (!atLeast(version, '1.49')) delete answer.FirewallBackend
  if (!atLeast(version, '1.50')) delete answer.DiscoveredDevices
  return answer
}

/** Before 1.42 the size of the build cache stood in a field of its own. */
export function diskUsageAnswer(usage: Record<string, unknown>, version: string): Record<string, unknown> {
  const { BuilderSize: size, ...rest } = usage
  return atLeast(version, '1.42') ? rest : { ...rest, BuilderSize: size ?? 0 }
}
