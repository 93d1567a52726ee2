import { conflict } from '@essaim/base'
import type { ContainerDeps } from '../deps.js'
import { isAlive, type ContainerRecord } from '../record.js'
import { linkEnvironment } from './environment.js'

/** The variables that a container's links give it. Throws when one of the others does not run. */
export function linkedEnv(
  { registry, sandboxes }: Pick<ContainerDeps, 'registry' | 'sandboxes'>,
  { name, links = [] }: ContainerRecord,
): string[] {
  return links.flatMap(({ target, alias }) => {
    const other = registry.get(target)
    if (!other) return []
    if (!isAlive(other.record.state)) {
      const which = `/${other.record.name} AS /${name}/${alias}`
      throw conflict('container.link', `Cannot link to a non running container: ${which}`)
    }
    const address = sandboxes.settings(target)?.Networks?.['bridge']?.IPAddress ?? ''
    // Links of containers on other networks are names only: their name server knows them.
    return address === '' ? [] : linkEnvironment({ owner: name, alias, address, config: other.record.config })
  })
}
