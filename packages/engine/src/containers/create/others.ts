import { conflict, invalid, isKind } from '@essaim/base'
import type { HostConfig } from '@essaim/api-types'
import type { Registry } from '../registry.js'

/** Modes that name another container are stored with its id. It must exist; for the network only once it is started. */
export function resolveOthers(registry: Registry, host: HostConfig): HostConfig {
  const NetworkMode = resolve(host.NetworkMode, registry, false)
  if (NetworkMode?.startsWith('container:') && Object.keys(host.PortBindings ?? {}).length > 0) {
    throw conflict('container.network-mode', 'conflicting options: port publishing and the container type network mode')
  }
  const IpcMode = resolve(host.IpcMode, registry, true)
  const PidMode = resolve(host.PidMode, registry, true)
  return {
    ...host,
    ...(NetworkMode !== undefined && { NetworkMode }),
    ...(IpcMode !== undefined && { IpcMode }),
    ...(PidMode !== undefined && { PidMode }),
  }
}

function resolve(mode: string | undefined, registry: Registry, needed: boolean): string | undefined {
  if (!mode?.startsWith('container:')) return mode
  try {
    return `container:${named(registry, mode.slice('container:'.length)).id}`
  } catch (error) {
    if (needed) throw error
    return mode
  }
}

/** A container that a request names. That it is not there is the request's fault: clients take a 404 for the image's. */
export function named(registry: Registry, ref: string): ReturnType<Registry['find']> {
  try {
    return registry.find(ref)
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    throw invalid('container.other', error.message, { cause: error })
  }
}
