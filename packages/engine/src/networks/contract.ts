import type { EndpointSettings, NetworkSettings, PortMap } from '@essaim/api-types'
import type { NetworkState } from '@essaim/protocol'

/** What a container asks of the network layer when it starts. */
export interface SandboxRequest {
  containerId: string
  /** Without slash; becomes a DNS name on user-defined networks. */
  containerName: string
  hostname: string
  /** The rest of its full name, in /etc/hosts. */
  domainname?: string
  /** `default`, `bridge`, `host`, `none`, `container:<id>` or a network's name or id. */
  networkMode: string
  /** By network name or id, as stored with the container; exact addresses are honoured or refused. */
  endpoints: Record<string, EndpointSettings>
  portBindings: PortMap
  exposedPorts: string[]
  publishAllPorts: boolean
  dns: { servers: string[]; search: string[]; options: string[] }
  extraHosts: string[]
  sysctls: Record<string, string>
}

/** Where a sandbox is to be found: its namespace, and the three files that the container gets mounted. */
export interface SandboxPlace {
  /** For the OCI spec's network namespace; undefined for host mode. */
  netnsPath?: string
  hostsFile: string
  hostnameFile: string
  resolvFile: string
}

/** A network namespace that is ready. */
export interface Sandbox extends SandboxPlace {
  /** NetworkSettings as inspect answers them. */
  settings: NetworkSettings
}

/**
 * The network layer as containers use it. Every call is idempotent and leaves nothing half done; all state is found
 * again after a restart from what the layer itself has stored and from the kernel.
 */
export interface Sandboxes {
  /**
   * Namespace, interfaces, addresses, DNS, published ports. Throws Docker's message when a port or address is taken.
   * `early` is told the place as soon as it is there, interfaces or not: a container can be made upon it meanwhile.
   */
  open(request: SandboxRequest, early?: (place: SandboxPlace) => void): Promise<Sandbox>
  /** Gives back addresses, ports, names, the namespace. Tolerates what is not there. */
  close(containerId: string): Promise<void>
  /** After a restart: keeps the sandboxes of these containers as they run and closes all others. */
  adopt(containerIds: string[]): Promise<void>
  settings(containerId: string): NetworkSettings | undefined
  rename(containerId: string, name: string): Promise<void>
  /** Live, on a running container; stored settings of a stopped one are the container's own affair. */
  connect(containerId: string, network: string, settings: EndpointSettings): Promise<void>
  disconnect(containerId: string, network: string): Promise<void>
}

/** This node, as the states of the cluster's networks name it. */
export interface ClusterSelf {
  nodeId: string
  /** Data path address. */
  address: string
}

/** The cluster's networks as an agent brings them to the host. */
export interface ClusterNetworks {
  /** Creates what is missing (bridge, VXLAN), and makes names, VIPs and the mesh equal to `state`, in few transactions. */
  apply(states: NetworkState[], self: ClusterSelf): Promise<void>
  /** Removes the network from this host; its endpoints must be closed. */
  remove(networkId: string): Promise<void>
  /** After a restart: the networks that are on this host. */
  list(): string[]
  /**
   * Called before a task of this host gets its stop signal: takes its endpoint out of this host's names, VIPs and mesh
   * at once, ahead of the managers' word; established connections go on. Holds until a state no longer has the task.
   */
  drain(taskId: string): Promise<void>
  /** Asked when a container that is no task wants to join an attachable network; answers address and MAC. */
  onAttach?: (networkId: string, container: { id: string; name: string }) => Promise<EndpointSettings>
  /** Asked when a container wants a network that is not on this host: why it may not have it, or undefined for none. */
  refuse?: (ref: string) => Error | undefined
  /** Told when such a container has left. */
  onDetach?: (networkId: string, containerId: string) => Promise<void>
}

export interface NetworkRef {
  id: string
  name: string
}

/** What the networks API needs of the containers; the engine gives it once both exist. */
export interface NetworkUsers {
  /**
   * Puts the network among the container's stored settings and, when it runs, calls `Sandboxes.connect`. `container` is
   * a name, an id or a prefix; throws `No such container: REF`.
   */
  connect(container: string, network: NetworkRef, settings: EndpointSettings): Promise<void>
  disconnect(container: string, network: NetworkRef, force: boolean): Promise<void>
}
