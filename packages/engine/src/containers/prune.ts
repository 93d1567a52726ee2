import type { Filters } from '@essaim/api-types'
import type { ContainerDeps } from './deps.js'
import { isRunning } from './record.js'
import { matchLabels, parseMoment, rejectUnknown } from './list/filters.js'
import { removeStopped } from './remove.js'
import { writableSize } from './size.js'

const allowed = ['label', 'label!', 'until']

/** Removes every container that does not run, and answers the bytes of their writable layers. */
export async function pruneContainers(
  deps: ContainerDeps,
  filters: Filters,
): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }> {
  rejectUnknown(filters, allowed)
  const until = (filters['until'] ?? []).map((text) => parseMoment(text, deps.clock.now()))
  const deleted: string[] = []
  let reclaimed = 0
  for (const container of deps.registry.all()) {
    const { record } = container
    if (isRunning(record.state) || record.state.status === 'removing') continue
    if (!matchLabels(record.config.Labels ?? {}, filters)) continue
    if (until.some((moment) => Date.parse(record.created) >= moment)) continue
    await deps.locks.run(container.id, async () => {
      if (isRunning(record.state) || !deps.registry.get(container.id)) return
      const size = await writableSize(deps, container.id)
      await removeStopped(deps, container, false)
      deleted.push(container.id)
      reclaimed += size
    })
  }
  deps.events.publish('container', 'prune', '', { reclaimed: String(reclaimed) })
  return { ContainersDeleted: deleted, SpaceReclaimed: reclaimed }
}
