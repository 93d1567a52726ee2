import type { Clock, Gate, Logger } from '@essaim/base'
import type { NodeFacts } from '../container/template.js'
import type { Materials } from '../files/content.js'
import type { TaskFiles } from '../files/task-files.js'
import type { Runtime } from '../runtime.js'
import type { ContainerEvents } from './events.js'

/** What every task of a node shares. */
export interface Host {
  runtime: Runtime
  node: NodeFacts & {
    /** Data path address. */
    address: string
  }
  files: TaskFiles
  materials: Materials
  events: ContainerEvents
  /** Starts in flight: a start is bound by the CPU, and more at a time only make each of them late. */
  starts: Gate
  clock: Clock
  logger: Logger
}
