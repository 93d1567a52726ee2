import { ContainerCreateRequest } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { created, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import type { Call } from '../../http/call.js'
import { atLeast } from '../../http/version.js'
import type { ContainersBackend } from './backend.js'
import { adjustMacAddress } from './mac-address.js'
import { adjustMounts } from './mounts-by-version.js'

export async function createContainer(backend: ContainersBackend, call: Call): Promise<Answer> {
  const request = await readBody(call, ContainerCreateRequest)
  if (Object.keys(request).length === 0) {
    throw invalid('container.config', 'Config cannot be empty in order to create a container')
  }
  const warnings = adjust(request, call.version)
  const name = call.query.optional('name')
  const platform = atLeast(call.version, '1.41') ? call.query.optional('platform') : undefined
  const answer = await backend.create(request, {
    ...(name !== undefined && { name }),
    ...(platform !== undefined && { platform }),
  })
  return created({ ...answer, Warnings: [...answer.Warnings, ...warnings] })
}

/** Makes a request of an older version mean what it meant there. Answers what there is to warn of. */
function adjust(request: ContainerCreateRequest, version: string): string[] {
  const host = (request.HostConfig ??= {})
  if (!atLeast(version, '1.25')) delete request.StopTimeout
  if (!atLeast(version, '1.40') && !host.IpcMode) host.IpcMode = 'shareable'
  if (!atLeast(version, '1.42')) delete host.ConsoleSize
  if (!atLeast(version, '1.43')) delete host.Annotations
  if (!atLeast(version, '1.44')) delete request.Healthcheck?.StartInterval
  // Any value below one has always meant no limit.
  if (host.PidsLimit !== undefined && host.PidsLimit <= 0) delete host.PidsLimit
  // Clients send -1 for the kernel's own.
  if (host.MemorySwappiness === -1) delete host.MemorySwappiness
  // No bindings for a published port have always meant any free one.
  for (const bindings of Object.values(host.PortBindings ?? {})) if (bindings.length === 0) bindings.push({})
  adjustNetworks(request, version)
  adjustMounts(host.Mounts ?? [], version)
  const warning = adjustMacAddress(request, version)
  return warning === undefined ? [] : [warning]
}

function adjustNetworks(request: ContainerCreateRequest, version: string): void {
  const endpoints = request.NetworkingConfig?.EndpointsConfig ?? {}
  const common = endpoints['default']
  if (common) {
    endpoints['bridge'] ??= common
    delete endpoints['default']
  }
  const names = Object.keys(endpoints)
  if (!atLeast(version, '1.44') && names.length > 1) {
    throw invalid(
      'container.endpoints',
      `Container cannot be created with multiple network endpoints: ${names.join(', ')}`,
    )
  }
  if (!atLeast(version, '1.48')) for (const endpoint of Object.values(endpoints)) delete endpoint.GwPriority
}
