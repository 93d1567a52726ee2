import type { HostConfig } from '@essaim/api-types'
import type { OciNamespace } from './types.js'

/** Paths of the namespaces that are joined instead of made; `undefined` where the mode does not ask for one. */
export interface JoinedNamespaces {
  network?: string
  /** `/proc/<pid>/ns/pid` of the container that `container:` names. */
  pid?: string
  ipc?: string
}

/** A namespace of its own for each kind, unless the mode says `host` or names another container. */
export function ociNamespaces(host: HostConfig, joined: JoinedNamespaces, hostNetwork: boolean): OciNamespace[] {
  const out: OciNamespace[] = [{ type: 'mount' }]
  if (!hostNetwork) out.push({ type: 'network', ...(joined.network !== undefined && { path: joined.network }) })
  if (host.UTSMode !== 'host') out.push({ type: 'uts' })
  if (host.PidMode !== 'host') out.push({ type: 'pid', ...(joined.pid !== undefined && { path: joined.pid }) })
  if (host.IpcMode !== 'host') out.push({ type: 'ipc', ...(joined.ipc !== undefined && { path: joined.ipc }) })
  if (host.CgroupnsMode === 'private') out.push({ type: 'cgroup' })
  return out
}
