import type { EndpointSettings } from '@essaim/api-types'
import type { KeyedLock, Logger } from '@essaim/base'
import type { SandboxRequest } from '../contract.js'
import type { Ip } from '../kernel/ip.js'
import type { Namespaces } from '../kernel/namespace.js'
import type { PublishedPorts } from '../ports/published.js'
import type { DnsSettings, EndpointRecord, SandboxRecord } from '../records.js'
import type { Registry } from '../registry.js'
import type { HostTable } from '../rules/host-table.js'
import type { FileStore } from './files.js'
import type { InsideTables } from './inside.js'
import type { View } from './plan.js'

/** What sandboxes are made with. */
export interface Parts {
  registry: Registry
  view: View
  ip: Ip
  hostTable: HostTable
  ports: PublishedPorts
  files: FileStore
  inside: InsideTables
  /** By container. */
  locks: KeyedLock
  /** By container. */
  namespaces: Namespaces
  announce: (action: 'connect' | 'disconnect', endpoint: EndpointRecord, containerId: string) => void
  /** Has the cluster give the addresses that only it may give. */
  allocate: (request: SandboxRequest) => Promise<SandboxRequest>
  allocateOne: (
    ref: string,
    settings: EndpointSettings,
    container: { id: string; name: string },
  ) => Promise<EndpointSettings>
  /** Tells the cluster that such an address is free again. */
  release: (record: SandboxRecord, endpoints: EndpointRecord[]) => Promise<void>
  /** For containers that name no servers, domains or options of their own. */
  dns: DnsSettings
  logger: Logger
}
