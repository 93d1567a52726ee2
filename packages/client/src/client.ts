import { addressFrom, transportTo } from './address.js'
import { Call } from './call.js'
import { BuildClient } from './nouns/build.js'
import { ConfigsClient } from './nouns/configs.js'
import { ContainersClient } from './nouns/containers.js'
import { ExecClient } from './nouns/exec.js'
import { ImagesClient } from './nouns/images.js'
import { NetworksClient } from './nouns/networks.js'
import { NodesClient } from './nouns/nodes.js'
import { SecretsClient } from './nouns/secrets.js'
import { ServicesClient } from './nouns/services.js'
import { SwarmClient } from './nouns/swarm.js'
import { SystemClient } from './nouns/system.js'
import { TasksClient } from './nouns/tasks.js'
import { VolumesClient } from './nouns/volumes.js'
import type { Transport } from './transport/transport.js'

/** The Docker Engine API, a noun at a time. No connection is kept: there is nothing to close. */
export interface Client {
  /** Where it speaks to, for messages. */
  readonly address: string
  /** The API version that both sides speak. */
  apiVersion(): Promise<string>
  readonly build: BuildClient
  readonly configs: ConfigsClient
  readonly containers: ContainersClient
  readonly exec: ExecClient
  readonly images: ImagesClient
  readonly networks: NetworksClient
  readonly nodes: NodesClient
  readonly secrets: SecretsClient
  readonly services: ServicesClient
  readonly swarm: SwarmClient
  readonly system: SystemClient
  readonly tasks: TasksClient
  readonly volumes: VolumesClient
}

export interface ClientOptions {
  /** Speak this version instead of the newest that both sides know (DOCKER_API_VERSION). */
  apiVersion?: string
}

export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  const call = new Call(transport, options.apiVersion)
  return {
    address: transport.address,
    apiVersion: async () => (await call.version()).api,
    build: new BuildClient(call),
    configs: new ConfigsClient(call),
    containers: new ContainersClient(call),
    exec: new ExecClient(call),
    images: new ImagesClient(call),
    networks: new NetworksClient(call),
    nodes: new NodesClient(call),
    secrets: new SecretsClient(call),
    services: new ServicesClient(call),
    swarm: new SwarmClient(call),
    system: new SystemClient(call),
    tasks: new TasksClient(call),
    volumes: new VolumesClient(call),
  }
}

/** A client for `address`, or for what the environment names. */
export function connect(address?: string, env: Record<string, string | undefined> = process.env): Client {
  const apiVersion = env['DOCKER_API_VERSION']
  return createClient(transportTo(address ?? addressFrom(env)), apiVersion ? { apiVersion } : {})
}
