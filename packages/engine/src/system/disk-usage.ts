import type { SystemDeps } from './system.js'

/** What `docker system df` adds up. `types` chooses among container, image, volume and build-cache; none means all. */
export async function diskUsage(deps: SystemDeps, types: string[]): Promise<Record<string, unknown>> {
  const wants = (type: string): boolean => types.length === 0 || types.includes(type)
  const [Images, Containers, Volumes] = await Promise.all([
    wants('image')
      ? deps.images.list({ all: false, digests: false, sharedSize: true, filters: {} })
      : Promise.resolve(undefined),
    wants('container') ? deps.containers.list({ all: true, size: true, filters: {} }) : Promise.resolve(undefined),
    wants('volume') ? deps.volumes.usage() : Promise.resolve(undefined),
  ])
  return {
    ...(Images && { LayersSize: await deps.images.layersSize(), Images }),
    ...(Containers && { Containers }),
    ...(Volumes && { Volumes }),
    ...(wants('build-cache') && { BuildCache: [], BuilderSize: 0 }),
  }
}
