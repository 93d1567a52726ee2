import type { TaskSpec } from '@essaim/api-types'
import { invalidArgument } from '../refusal.js'
import { isImageReference } from './image.js'
import { checkTemplates } from './templates.js'

const millisecond = 1_000_000

/** What swarmkit refuses of a container's specification. */
export function checkContainer(spec: TaskSpec): void {
  const { Image = '', Mounts = [], HealthCheck = {} } = spec.ContainerSpec ?? {}
  if (Image === '') throw refused('image reference must be provided')
  if (!isImageReference(Image)) throw refused(`"${Image}" is not a valid repository/tag`)
  const targets = new Set<string>()
  for (const { Target = '' } of Mounts) {
    if (targets.has(Target)) throw refused(`duplicate mount point: ${Target}`)
    targets.add(Target)
  }
  for (const field of ['Interval', 'Timeout', 'StartPeriod'] as const) {
    const value = HealthCheck[field] ?? 0
    if (value !== 0 && value < millisecond) throw refused(`${field} in HealthConfig cannot be less than 1ms`)
  }
  if ((HealthCheck.Retries ?? 0) < 0) throw refused('Retries in HealthConfig cannot be negative')
  checkTemplates(spec)
}

const refused = (message: string): Error => invalidArgument('service.container', `ContainerSpec: ${message}`)
