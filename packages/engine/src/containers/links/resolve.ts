import { invalid, isKind } from '@essaim/base'
import type { HostConfig } from '@essaim/api-types'
import type { Registry } from '../registry.js'

/** A link of the old kind, on the default bridge: another container under a name of this one's. */
export interface StoredLink {
  /** The other container's id. */
  target: string
  alias: string
}

/** `HostConfig.Links`, each `CONTAINER[:ALIAS]`, with the containers that they name. */
export function resolveLinks(links: HostConfig['Links'], registry: Registry): StoredLink[] {
  return (links ?? []).map((link) => {
    const [name = '', alias = name, ...rest] = link.split(':')
    if (name === '' || rest.length > 0) throw invalid('container.link', `bad format for links: ${link}`)
    const target = found(name, registry)
    if (target.record.host.NetworkMode === 'host') {
      const why = "host type networking can't be used with links. This would result in undefined behavior"
      throw invalid('container.link', `conflicting options: ${why}`)
    }
    // An alias as inspect shows it: /OWNER/ALIAS.
    return { target: target.id, alias: alias.split('/').at(-1) ?? alias }
  })
}

function found(name: string, registry: Registry): ReturnType<Registry['find']> {
  try {
    return registry.find(name)
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    throw invalid('container.link', `could not get container for ${name}: ${error.message}`, { cause: error })
  }
}

/** As inspect shows them: `/OTHER:/OWN/ALIAS`. */
export function shownLinks(name: string, links: StoredLink[], registry: Registry): string[] {
  return links.flatMap(({ target, alias }) => {
    const other = registry.get(target)
    return other ? [`/${other.record.name}:/${name}/${alias}`] : []
  })
}
