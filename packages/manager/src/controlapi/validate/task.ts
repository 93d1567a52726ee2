import type { ResourceObject, TaskSpec } from '@essaim/api-types'
import { messageOf } from '@essaim/base'
import { parseConstraints } from '../../scheduler/constraints.js'
import { invalidArgument, unknown } from '../refusal.js'
import { checkContainer } from './container.js'
import { checkReferences } from './references.js'

/** swarmkit's least: a thousandth of a core, and 4 MiB. */
const leastCpu = 1e6
const leastMemory = 4 * 1024 * 1024

/** What swarmkit refuses of a task's specification, in its order. */
export function checkTask(spec: TaskSpec): void {
  checkResources(spec.Resources?.Limits)
  checkResources(spec.Resources?.Reservations)
  const { Delay = 0, Window = 0 } = spec.RestartPolicy ?? {}
  if (Delay < 0) throw invalidArgument('service.restart', 'TaskSpec: restart-delay cannot be negative')
  if (Window < 0) throw invalidArgument('service.restart', 'TaskSpec: restart-window cannot be negative')
  try {
    parseConstraints(spec.Placement?.Constraints ?? [])
  } catch (error) {
    throw unknown('service.constraint', messageOf(error))
  }
  checkReferences(spec)
  checkContainer(spec)
}

function checkResources(resources: Pick<ResourceObject, 'NanoCPUs' | 'MemoryBytes'> | undefined): void {
  const { NanoCPUs = 0, MemoryBytes = 0 } = resources ?? {}
  if (NanoCPUs !== 0 && NanoCPUs < leastCpu) {
    throw invalidArgument('service.resources', `invalid cpu value ${goNumber(NanoCPUs / 1e9)}: Must be at least 0.001`)
  }
  if (MemoryBytes !== 0 && MemoryBytes < leastMemory) {
    throw invalidArgument('service.resources', `invalid memory value ${MemoryBytes}: Must be at least 4MiB`)
  }
}

/** As Go's %g writes it: with an exponent of at least two digits below 1e-4. */
function goNumber(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  if (Number(exponent) >= -4) return String(value)
  return `${digits}e-${exponent.slice(1).padStart(2, '0')}`
}
