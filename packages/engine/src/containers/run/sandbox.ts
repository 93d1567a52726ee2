import type { SandboxRequest } from '../../networks/contract.js'
import type { ContainerRecord } from '../record.js'

/** What a container asks of the network layer. */
export function sandboxRequest({ id, name, config, host, endpoints }: ContainerRecord): SandboxRequest {
  const networkMode = config.NetworkDisabled === true ? 'none' : host.NetworkMode || 'default'
  return {
    containerId: id,
    containerName: name,
    hostname: config.Hostname ?? '',
    networkMode,
    endpoints,
    portBindings: host.PortBindings ?? {},
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    publishAllPorts: host.PublishAllPorts === true,
    dns: { servers: host.Dns ?? [], search: host.DnsSearch ?? [], options: host.DnsOptions ?? [] },
    extraHosts: host.ExtraHosts ?? [],
    sysctls: host.Sysctls ?? {},
  }
}
