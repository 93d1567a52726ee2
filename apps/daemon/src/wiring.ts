import { BuildKit, Engine } from '@essaim/engine'
import { messageOf, type Logger } from '@essaim/base'
import {
  ClusterNode,
  containersAnywhere,
  ExecsAnywhere,
  MergedNetworks,
  servicesBeside,
  SystemInSwarm,
} from '@essaim/node'
import { createApiServer, type Backends } from '@essaim/server'
import type { Settings } from './settings.js'
import { version } from './version.js'

export interface Daemon {
  /** Takes over labels and registries of `settings`. */
  reload(settings: Settings): void
  /** Ends all that listens; containers go on running. */
  close(): Promise<void>
}

/** Opens engine, node and API, each upon the one before it. What was opened is closed again when a later one fails. */
export async function startDaemon(settings: Settings, logger: Logger): Promise<Daemon> {
  const opened: { close(): Promise<void> }[] = []
  const close = async (): Promise<void> => {
    for (const each of opened.reverse()) {
      await each.close().catch((error: unknown) => logger.error('not closed cleanly', { error: messageOf(error) }))
    }
  }
  try {
    const { containerd, ...rest } = settings
    const address = containerd === undefined ? {} : { containerdAddress: containerd }
    const engine = await Engine.open({ ...rest, ...address, version, logger })
    opened.push(engine)
    const node = await ClusterNode.open({ ...settings, runtime: engine, ownInterfaces: () => [], logger })
    opened.push(node)
    const { buildkit } = settings
    const backends = {
      ...backendsOf(engine, node),
      ...(buildkit !== undefined && { buildkit: new BuildKit(buildkit) }),
    }
    const server = createApiServer(backends, {
      logger: logger.child({ part: 'api' }),
      version,
      swarmState: () => node.swarmState(),
    })
    opened.push(server)
    for (const host of settings.hosts) await server.listen(host)
    return { reload: (next) => engine.reload(next), close }
  } catch (error) {
    await close()
    throw error
  }
}

function backendsOf(engine: Engine, node: ClusterNode): Backends {
  const { containers, exec, images, build, volumes } = engine
  const { nodes, services, tasks, secrets, configs } = node
  const networks = new MergedNetworks({
    local: engine.networks,
    checkContainer: async (ref) => void (await containers.inspect(ref, { size: false })),
    swarm: () => node.networks,
    refusal: () => node.refusal(),
    peer: () => node.peer(),
  })
  const system = new SystemInSwarm(engine.system, () => node.info())
  return {
    containers: containersAnywhere(containers, () => node.elsewhere()),
    exec: new ExecsAnywhere(exec, () => node.elsewhere()),
    images,
    build,
    networks,
    volumes,
    system,
    swarm: node,
    nodes,
    services: servicesBeside(services, engine.networks),
    tasks,
    secrets,
    configs,
  }
}
