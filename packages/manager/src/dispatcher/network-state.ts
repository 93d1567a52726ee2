import type { ClusterNetwork, Node, Service, Task } from '@essaim/api-types'
import { isPast, isTerminal } from '@essaim/api-types'
import type { Endpoint, MeshNode, NetworkService, NetworkState } from '@essaim/protocol'
import { bare, networksOf } from '../allocator/index.js'
import type { View } from '../store/index.js'

/** All that a node needs to know of `network`. */
export function networkState(view: View, network: ClusterNetwork): NetworkState {
  const ingress = network.Spec.Ingress === true
  const ids = ingress ? publishing(view) : view.find('service', 'network', network.ID)
  const [cluster] = view.all('cluster')
  return {
    network,
    dataPathPort: cluster?.DataPathPort || defaultDataPathPort,
    services: ids.flatMap((service) => networkService(view, network, service) ?? []),
    endpoints: view.find('task', 'network', network.ID).flatMap((task) => endpointsOf(view, network, task)),
    nodes: ingress ? meshNodes(view) : [],
  }
}

/** IANA's for VXLAN. */
const defaultDataPathPort = 4789

function meshNodes(view: View): MeshNode[] {
  return [...view.all('node')].flatMap((node) => {
    const address = addressOf(node)
    return node.Internal && address !== '' ? [{ nodeId: node.ID, number: node.Internal.Number, address }] : []
  })
}

const publishing = (view: View): Service[] =>
  [...view.all('service')].filter(({ Endpoint }) => (Endpoint.Ports?.length ?? 0) > 0)

function networkService(view: View, network: ClusterNetwork, service: Service): NetworkService | undefined {
  const attachment = networksOf(view, service.Spec)?.find((one) => one.network.ID === network.ID)
  const vip = service.Endpoint.VirtualIPs?.find(({ NetworkID }) => NetworkID === network.ID)
  const mode = service.Spec.EndpointSpec?.Mode ?? 'vip'
  // Until its address is given the service is not there for others.
  if (attachment === undefined || (mode === 'vip' && vip === undefined)) return undefined
  const ports = (service.Endpoint.Ports ?? []).filter(({ PublishMode }) => PublishMode !== 'host')
  return {
    serviceId: service.ID,
    name: service.Spec.Name,
    aliases: attachment.aliases,
    mode,
    ...(vip && { vip: bare(vip.Addr) }),
    ports: network.Spec.Ingress === true ? ports : [],
  }
}

/** By task, and with them what they were made from: a task that has not changed has the endpoints that it had. */
const made = new WeakMap<Task, { place: string; byNetwork: Map<string, Endpoint[]> }>()

function endpointsOf(view: View, network: ClusterNetwork, task: Task): Endpoint[] {
  const node = view.get('node', task.NodeID ?? '')
  if (node === undefined || isTerminal(task.Status.State)) return []
  let known = made.get(task)
  const place = `${addressOf(node)} ${isDown(node)}`
  if (known?.place !== place) {
    known = { place, byNetwork: new Map() }
    made.set(task, known)
  }
  let endpoints = known.byNetwork.get(network.ID)
  if (endpoints === undefined) known.byNetwork.set(network.ID, (endpoints = makeEndpoints(network, node, task)))
  return endpoints
}

function makeEndpoints(network: ClusterNetwork, node: Node, task: Task): Endpoint[] {
  return (task.NetworksAttachments ?? [])
    .filter(({ Network }) => Network.ID === network.ID)
    .flatMap(({ Addresses, Aliases = [] }) =>
      Addresses.map((cidr) => ({
        taskId: task.ID,
        serviceId: task.ServiceID ?? '',
        names: [...namesOf(task), ...Aliases],
        nodeId: node.ID,
        nodeAddress: addressOf(node),
        address: bare(cidr),
        mac: macOf(bare(cidr)),
        ready: takesConnections(task) && !isDown(node),
      })),
    )
}

/** As the task's container is named; an attached container's names are among its aliases. */
function namesOf(task: Task): string[] {
  if (task.ServiceID === undefined) return []
  return [`${task.Internal.ServiceName}.${task.Slot ?? task.NodeID ?? ''}.${task.ID}`]
}

/** Running and said to be ready by its node, and not meant to stop. */
export function takesConnections({ Status, DesiredState, Internal }: Task): boolean {
  return Status.State === 'running' && Internal.Ready === true && !isPast(DesiredState, 'complete')
}

/** A task of a node that is gone takes no connection, whatever was last heard of it. */
export const isDown = ({ Status }: Node): boolean => Status.State === 'down'

const addressOf = ({ Status }: Node): string => Status.Addr ?? ''

/** Computed, so that no node needs to ask for it: 02:42 and the address. */
export function macOf(address: string): string {
  return ['02', '42', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':')
}
