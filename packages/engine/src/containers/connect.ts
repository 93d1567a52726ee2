import { conflict, invalid, isKind, notFound } from '@essaim/base'
import type { EndpointSettings } from '@essaim/api-types'
import type { NetworkRef } from '../networks/contract.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { isAlive } from './record.js'

/** Puts a network among the container's settings; on one that runs it is connected at once. */
export async function connectNetwork(
  deps: ContainerDeps,
  ref: string,
  network: NetworkRef,
  settings: EndpointSettings,
): Promise<void> {
  const container = deps.registry.find(ref)
  const { record, id } = container
  await deps.locks.run(id, async () => {
    const mode = record.host.NetworkMode ?? 'default'
    if (mode === 'host' || mode.startsWith('container:')) {
      throw invalid(
        'network.mode',
        'container sharing network namespace with another container or host cannot be connected to any other network',
      )
    }
    const alive = isAlive(record.state)
    if (alive) await deps.sandboxes.connect(id, network.id, settings)
    const key = keyOf(container, network) ?? network.name
    record.endpoints = { ...record.endpoints, [key]: alive ? { ...settings, NetworkID: network.id } : settings }
    await deps.registry.save(container)
  })
}

export async function disconnectNetwork(
  deps: ContainerDeps,
  ref: string,
  network: NetworkRef,
  force: boolean,
): Promise<void> {
  const container = force ? found(deps, ref) : deps.registry.find(ref)
  const { record, id } = container
  await deps.locks.run(id, async () => {
    const key = keyOf(container, network)
    const alive = isAlive(record.state)
    const connected = alive && deps.sandboxes.settings(id)?.Networks?.[network.name] !== undefined
    if (key === undefined && !connected && !force) {
      throw conflict('network.not-connected', `container ${id} is not connected to network ${network.name}`)
    }
    if (alive) await deps.sandboxes.disconnect(id, network.id)
    if (key !== undefined) {
      const { [key]: _gone, ...rest } = record.endpoints
      record.endpoints = rest
    }
    await deps.registry.save(container)
  })
}

/** By force, Docker looks for an endpoint and not for a container. */
function found({ registry }: ContainerDeps, ref: string): Container {
  try {
    return registry.find(ref)
  } catch (error) {
    if (isKind(error, 'not-found')) throw notFound('network.endpoint', `endpoint ${ref} not found`, { cause: error })
    throw error
  }
}

function keyOf({ record }: Container, { id, name }: NetworkRef): string | undefined {
  return [name, id].find((key) => Object.hasOwn(record.endpoints, key))
}
