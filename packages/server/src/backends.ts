import type { BuildBackend, BuildKitBackend } from './routers/build/backend.js'
import type { ConfigsBackend } from './routers/configs/backend.js'
import type { ContainersBackend } from './routers/containers/backend.js'
import type { ExecBackend } from './routers/exec/backend.js'
import type { ImagesBackend } from './routers/images/backend.js'
import type { NetworksBackend } from './routers/networks/backend.js'
import type { NodesBackend } from './routers/nodes/backend.js'
import type { SecretsBackend } from './routers/secrets/backend.js'
import type { ServicesBackend } from './routers/services/backend.js'
import type { SwarmBackend } from './routers/swarm/backend.js'
import type { SystemBackend } from './routers/system/backend.js'
import type { TasksBackend } from './routers/tasks/backend.js'
import type { VolumesBackend } from './routers/volumes/backend.js'

/** All that the API is served from. Each router takes its own. */
export interface Backends {
  containers: ContainersBackend
  exec: ExecBackend
  images: ImagesBackend
  networks: NetworksBackend
  volumes: VolumesBackend
  system: SystemBackend
  swarm: SwarmBackend
  nodes: NodesBackend
  services: ServicesBackend
  tasks: TasksBackend
  secrets: SecretsBackend
  configs: ConfigsBackend
  /** Absent where images cannot be built: builds are then refused. */
  build?: BuildBackend
  /** Absent where none is configured: clients are told to use the classic builder. */
  buildkit?: BuildKitBackend
}
