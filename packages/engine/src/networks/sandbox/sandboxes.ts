import { access, statfs } from 'node:fs/promises'
import type { EndpointSettings, NetworkSettings } from '@essaim/api-types'
import { conflict, internal, messageOf } from '@essaim/base'
import type { Sandbox, SandboxPlace, SandboxRequest, Sandboxes } from '../contract.js'
import { hostLinks } from '../kernel/host.js'
import type { Sysctl } from '../kernel/namespace.js'
import type { DnsSettings, SandboxRecord } from '../records.js'
import { plugLans, unplugLans } from './lan-links.js'
import { downLines, familySysctls, insideLines, namespaceSysctls, plugLines, routeLines } from './links.js'
import { all } from '../settle.js'
import type { Parts } from './parts.js'
import { planSandbox } from './plan.js'
import { repair } from './repair.js'
import { publishPorts, targetOf } from './publish.js'
import { connect, disconnect } from './reconnect.js'
import { freshRules } from '../rules/inside.js'
import { settingsOf } from './settings.js'
import { writeFiles } from './texts.js'
import { lanWiresOf, wiresOf } from './wires.js'

/** `f_type` of a file that a namespace is bound to (magic.h, NSFS_MAGIC). */
const nsfs = 0x6e736673

export class LocalSandboxes implements Sandboxes {
  constructor(private readonly parts: Parts) {}

  open(request: SandboxRequest, early?: (place: SandboxPlace) => void): Promise<Sandbox> {
    return this.parts.locks.run(request.containerId, async () => {
      if (request.networkMode.startsWith('container:')) return this.#join(request.networkMode.slice(10))
      await this.#close(request.containerId)
      const allocated = await this.parts.allocate({ ...request, dns: withDefaults(request.dns, this.parts.dns) })
      // From deciding to the registry in one go: nobody else can get the same address.
      const record = planSandbox(allocated, this.parts.view)
      const saved = this.parts.registry.putSandbox(record)
      try {
        const [open] = await all([this.#make(record, request.sysctls, early), saved])
        return open
      } catch (error) {
        await this.#close(request.containerId)
        throw error
      }
    })
  }

  close(containerId: string): Promise<void> {
    return this.parts.locks.run(containerId, () => this.#close(containerId))
  }

  async adopt(containerIds: string[]): Promise<void> {
    const { registry, ports, namespaces, hostTable, inside, files } = this.parts
    const running = new Set(containerIds)
    const devices = new Set((await hostLinks()).map((link) => link.name))
    await Promise.all(
      registry.sandboxes().map(async (record) => {
        const { containerId } = record
        const kept = running.has(containerId) && (record.mode === 'host' || (await this.#isBound(containerId)))
        if (!kept) return this.close(containerId)
        await repair(this.parts, record, devices)
        return ports.adopt(containerId, record.ports, targetOf(this.parts, containerId))
      }),
    )
    const orphans = (await namespaces.list()).filter((id) => !registry.sandbox(id))
    await Promise.all(orphans.map((id) => namespaces.remove(id)))
    const stray = (await files.list()).filter((id) => !registry.sandbox(id))
    await Promise.all(stray.map((id) => files.remove(id)))
    await hostTable.sync()
    await inside.refresh(containerIds)
  }

  settings(containerId: string): NetworkSettings | undefined {
    const record = this.parts.registry.sandbox(containerId)
    return record && settingsOf(record, this.#key(record))
  }

  rename(containerId: string, name: string): Promise<void> {
    return this.parts.locks.run(containerId, async () => {
      const record = this.parts.registry.sandbox(containerId)
      if (record) await this.parts.registry.putSandbox({ ...record, name })
    })
  }

  connect(containerId: string, network: string, settings: EndpointSettings): Promise<void> {
    return this.parts.locks.run(containerId, () => connect(this.parts, containerId, network, settings))
  }

  disconnect(containerId: string, network: string): Promise<void> {
    return this.parts.locks.run(containerId, () => disconnect(this.parts, containerId, network))
  }

  /** All at once: sockets, namespace with links, files; whatever fails, all have ended before the error goes on. */
  async #make(
    record: SandboxRecord,
    sysctls: Record<string, string>,
    early?: (place: SandboxPlace) => void,
  ): Promise<Sandbox> {
    const { registry, hostTable, announce } = this.parts
    const writing = writeFiles(this.parts, record)
    // A refusal of the files is thrown below.
    const tell = (): void => void writing.then((files) => early?.(this.#place(record, files))).catch(() => {})
    const [ports, files] = await all([
      publishPorts(this.parts, record),
      writing,
      record.mode === 'host' ? Promise.resolve() : this.#namespace(record, sysctls, tell),
    ])
    const done = { ...record, ports }
    // In the table are the ports of the host, and the container's own where it is reached by its address.
    if (record.wishes.length > 0) {
      const saved = registry.putSandbox(done)
      await all([saved, hostTable.sync()])
    }
    for (const endpoint of record.endpoints) if (!endpoint.hidden) announce('connect', endpoint, record.containerId)
    return { ...this.#place(record, files), settings: settingsOf(done, this.#key(done)) }
  }

  #place(record: SandboxRecord, files: { hosts: string; hostname: string; resolv: string }): SandboxPlace {
    const place = { hostsFile: files.hosts, hostnameFile: files.hostname, resolvFile: files.resolv }
    return record.mode === 'host' ? place : { ...place, netnsPath: this.parts.namespaces.path(record.containerId) }
  }

  async #namespace(record: SandboxRecord, sysctls: Record<string, string>, bound: () => void): Promise<void> {
    const { registry, ip, inside, namespaces } = this.parts
    const wires = wiresOf(registry, record.endpoints)
    const rules = inside.wanted(record)
    const routes = routeLines(record)
    const upon = lanWiresOf(registry, record.endpoints)
    const links = wires.flatMap(({ link, bridge }) => insideLines(link, bridge, namespaces.hostPid))
    const setup = {
      sysctls: [
        ...namespaceSysctls,
        ...familySysctls([...wires, ...upon].map(({ link }) => link)),
        ...Object.entries(sysctls).flatMap(netSysctl),
      ],
      ip: ['link set lo up', ...links, ...(upon.length === 0 ? routes : [])],
      rules: freshRules(rules),
    }
    await namespaces.create(record.containerId, setup, bound)
    if (upon.length > 0) {
      const more = await plugLans(this.parts, record.containerId, record.endpoints)
      await namespaces.enter(record.containerId, { ip: [...more, ...routes] })
    }
    inside.applied(record.containerId, rules)
    await ip.batch(wires.flatMap(({ link, bridge }) => plugLines(link, bridge)))
  }

  async #join(containerId: string): Promise<Sandbox> {
    const record = this.parts.registry.sandbox(containerId)
    if (!record) {
      throw conflict('network.join', `cannot join network of a non running container: ${containerId}`)
    }
    const files = this.parts.files.paths(containerId)
    const own = { ...record, id: '', endpoints: [], ports: [], exposed: [] }
    return { ...this.#place(record, files), settings: settingsOf(own, '') }
  }

  async #close(containerId: string): Promise<void> {
    const { registry, ip, hostTable, ports, files, inside, namespaces, announce, release } = this.parts
    const record = registry.sandbox(containerId)
    const bound = await exists(namespaces.path(containerId))
    if (!record) {
      if (bound) await namespaces.remove(containerId)
      return
    }
    // Off the network first: its address may be given to another as soon as the record is gone.
    if (bound) await unplugLans(this.parts, containerId, record.endpoints)
    await ip.batch(record.endpoints.flatMap(({ link }) => (link ? downLines(link) : [])))
    inside.forget(containerId)
    const removed = registry.removeSandbox(containerId)
    await all([
      removed,
      bound ? namespaces.remove(containerId) : Promise.resolve(),
      record.wishes.length > 0 ? hostTable.sync() : Promise.resolve(),
      ports.release(containerId, record.ports),
      files.remove(containerId),
      release(record, record.endpoints),
    ])
    for (const endpoint of record.endpoints) if (!endpoint.hidden) announce('disconnect', endpoint, containerId)
  }

  #key(record: SandboxRecord): string {
    return this.parts.namespaces.path(record.mode === 'host' ? 'default' : record.containerId)
  }

  async #isBound(containerId: string): Promise<boolean> {
    try {
      return (await statfs(this.parts.namespaces.path(containerId))).type === nsfs
    } catch (error) {
      this.parts.logger.warn('a running container has lost its network', {
        container: containerId,
        error: messageOf(error),
      })
      return false
    }
  }
}

function netSysctl([key, value]: [string, string]): Sysctl[] {
  if (!key.startsWith('net.')) return []
  if (!/^net(\.[\w-]+)+$/.test(key)) throw internal('container.sysctl', `sysctl "${key}" is not a kernel parameter`)
  return [{ key, value: value.replaceAll('\n', ' ') }]
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function withDefaults(given: DnsSettings, defaults: DnsSettings): DnsSettings {
  const { servers, search, options } = given
  return {
    servers: servers.length > 0 ? servers : defaults.servers,
    search: search.length > 0 ? search : defaults.search,
    options: options.length > 0 ? options : defaults.options,
  }
}
