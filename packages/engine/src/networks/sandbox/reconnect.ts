import type { EndpointSettings } from '@essaim/api-types'
import { forbidden, internal, invalid } from '@essaim/base'
import type { SandboxRecord } from '../records.js'
import { familySysctls, insideLines, plugLines, routeLines, unlinkLines } from './links.js'
import { plugLans, unplugLans } from './lan-links.js'
import type { Parts } from './parts.js'
import { existing, planEndpoint, withWayOut } from './plan.js'
import { publishPorts } from './publish.js'
import { writeFiles } from './texts.js'
import { wiresOf } from './wires.js'

/** Gives a running container one more network. Throws Docker's messages. */
export async function connect(
  parts: Parts,
  containerId: string,
  ref: string,
  settings: EndpointSettings,
): Promise<void> {
  const record = sandboxOf(parts, containerId)
  const network = existing(ref, parts.view)
  refuseMode(record, network.name)
  if (record.endpoints.some((one) => one.networkId === network.id && !one.hidden)) {
    throw forbidden('network.connected', `endpoint with name ${record.name} already exists in network ${network.name}`)
  }
  const allocated = await parts.allocateOne(ref, settings, { id: containerId, name: record.name })
  const endpoint = planEndpoint(record, network, allocated, parts.view)
  const planned = withWayOut({ ...record, endpoints: [...record.endpoints, endpoint] }, parts.view)
  await change(parts, record, planned)
  parts.announce('connect', endpoint, containerId)
}

export async function disconnect(parts: Parts, containerId: string, ref: string): Promise<void> {
  const record = sandboxOf(parts, containerId)
  const network = existing(ref, parts.view)
  const endpoint = record.endpoints.find((one) => one.networkId === network.id && !one.hidden)
  if (!endpoint) {
    throw internal('network.not-connected', `container ${containerId} is not connected to network ${network.name}`)
  }
  if (record.mode === 'host') throw invalid('network.host-mode', hostRefusal)
  const rest = record.endpoints.filter((one) => one !== endpoint)
  await change(parts, record, withWayOut({ ...record, endpoints: rest }, parts.view))
  await parts.release(record, [endpoint])
  parts.announce('disconnect', endpoint, containerId)
}

/** From one record to the other: links that go, links that come, the default route, names, ports. */
export async function change(parts: Parts, before: SandboxRecord, after: SandboxRecord): Promise<void> {
  const { registry, ip, namespaces } = parts
  const { containerId } = before
  const gone = before.endpoints.filter((one) => !after.endpoints.some((other) => other.id === one.id))
  const fresh = after.endpoints.filter((one) => !before.endpoints.some((other) => other.id === one.id))
  await registry.putSandbox(after)
  try {
    await ip.batch(gone.flatMap(({ link }) => (link ? unlinkLines(link) : [])))
    await unplugLans(parts, containerId, gone)
    const wires = wiresOf(registry, fresh)
    const links = wires.flatMap(({ link, bridge }) => insideLines(link, bridge, namespaces.hostPid))
    const sysctls = familySysctls(fresh.flatMap(({ link }) => link ?? []))
    if (fresh.length > 0) await namespaces.enter(containerId, { sysctls, ip: links })
    const inside = [...(await plugLans(parts, containerId, fresh)), ...routeLines(after)]
    if (inside.length > 0) await namespaces.enter(containerId, { ip: inside })
    await ip.batch(wires.flatMap(({ link, bridge }) => plugLines(link, bridge)))
    await updatePorts(parts, before, after)
  } catch (error) {
    await ip.batch(fresh.flatMap(({ link }) => (link ? unlinkLines(link) : [])))
    await unplugLans(parts, containerId, fresh)
    await registry.putSandbox(before)
    throw error
  }
  await writeFiles(parts, after)
  await parts.inside.update(containerId)
}

/** Ports keep their numbers when only the way to the container changes. */
async function updatePorts(parts: Parts, before: SandboxRecord, after: SandboxRecord): Promise<void> {
  const { registry, ports, hostTable } = parts
  const same = after.gatewayEndpoint === before.gatewayEndpoint && after.gatewayEndpoint6 === before.gatewayEndpoint6
  if (same) return
  if (after.gatewayEndpoint === undefined) {
    await ports.release(before.containerId, before.ports)
    await registry.putSandbox({ ...after, ports: [] })
  } else if (before.gatewayEndpoint === undefined) {
    await registry.putSandbox({ ...after, ports: await publishPorts(parts, after) })
  }
  await hostTable.sync()
}

function sandboxOf(parts: Parts, containerId: string): SandboxRecord {
  const record = parts.registry.sandbox(containerId)
  if (record) return record
  throw invalid(
    'network.shared',
    'container sharing network namespace with another container or host cannot be connected to any other network',
  )
}

const hostRefusal = 'container cannot be disconnected from host network or connected to host network'

function refuseMode(record: SandboxRecord, network: string): void {
  if (record.mode === 'host') {
    throw invalid(
      'network.host-mode',
      'container sharing network namespace with another container or host cannot be connected to any other network',
    )
  }
  if (network === 'host') throw invalid('network.host-mode', hostRefusal)
  if (record.mode === 'none' || network === 'none') {
    throw invalid(
      'network.none-mode',
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    )
  }
}
