import type { Runtime } from '@essaim/agent'
import type { Task } from '@essaim/api-types'
import { isKind, unavailable, type Logger } from '@essaim/base'
import { notAttachable } from './merged.js'
import type { ClusterNetworks } from '@essaim/engine'
import type { Manager } from '@essaim/manager'

const system = { name: 'system' }

/** Who gives addresses on the cluster's networks now. */
export interface Allocating {
  manager: Manager
  nodeId: string
}

/** Lets containers that are no tasks join attachable networks: the managers give the address, and get it back. */
export function serveAttachments(networks: ClusterNetworks, current: () => Allocating | undefined): void {
  networks.onAttach = async (networkId, { id, name }) => {
    const allocating = current()
    if (!allocating) throw unavailable('network.no-manager', `no manager gives an address on network ${networkId}`)
    const { manager, nodeId } = allocating
    const cidr = await manager.networks.allocate(networkId, { nodeId, containerId: id, name, aliases: [] }, system)
    const [address = '', prefix] = cidr.split('/')
    return {
      IPAMConfig: { IPv4Address: address },
      IPAddress: address,
      IPPrefixLen: Number(prefix),
      MacAddress: macOf(address),
    }
  }
  networks.refuse = (ref) => {
    const found = [...(current()?.manager.store.view().all('network') ?? [])]
    const network = found.find(({ ID: id, Spec: { Name: name } }) => id === ref || name === ref)
    return network && network.Spec.Attachable !== true ? notAttachable(network.Spec.Name) : undefined
  }
  networks.onDetach = async (networkId, containerId) => {
    await current()?.manager.networks.release(networkId, containerId, system)
  }
}

/** Gives back what containers held that ended while nobody looked. */
export async function releaseStale({ manager, nodeId }: Allocating, runtime: Runtime, logger: Logger): Promise<void> {
  for (const task of manager.store.view().find('task', 'node', nodeId)) {
    const containerId = task.Spec.NetworkAttachmentSpec?.ContainerID
    if (containerId === undefined || (await isRunning(runtime, containerId))) continue
    logger.info('giving back the address of a container that is gone', { container: containerId })
    for (const networkId of networksOf(task)) await manager.networks.release(networkId, containerId, system)
  }
}

function networksOf(task: Task): string[] {
  return (task.NetworksAttachments ?? []).map(({ Network: network }) => network.ID)
}

async function isRunning(runtime: Runtime, containerId: string): Promise<boolean> {
  try {
    return (await runtime.containers.inspect(containerId, { size: false })).State?.Running === true
  } catch (error) {
    if (isKind(error, 'not-found')) return false
    throw error
  }
}

/** As every endpoint of the cluster has it: 02:42 and the four numbers of its address. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return ['02', '42', ...bytes].join(':')
}
