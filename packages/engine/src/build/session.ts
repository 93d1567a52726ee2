import type { HostConfig } from '@essaim/api-types'
import type { Emit } from '../images/progress.js'
import type { PullContext } from '../images/pull/endpoint.js'
import type { BuildArguments } from './arguments.js'
import type { BuildCache } from './cache.js'
import type { CacheFolders } from './mounts/caches.js'
import type { BuildContainers } from './run.js'
import type { Statement } from './statement.js'
import type { StepImage } from './step.js'

/** What the steps of one build have in common. */
export interface BuildSession {
  images: PullContext
  containers: BuildContainers
  cache: BuildCache
  args: BuildArguments
  /** The build's folder, and the context in it. */
  folder: string
  context: string
  /** Where `RUN --mount=type=cache` keeps its files. */
  caches: CacheFolders
  /** What `RUN --mount=type=secret` may ask for, by id. */
  secrets: ReadonlyMap<string, Buffer>
  lease: string
  noCache: boolean
  /** Images whose steps may be taken as those of this build. */
  cacheFrom: StepImage[]
  /** Networks, limits and the like of the containers that commands run in. */
  host: HostConfig
  emit: Emit
  signal: AbortSignal
  /** For `--from`: a stage that is done, or another image. */
  imageNamed: (name: string, statement: Statement) => Promise<StepImage>
}
