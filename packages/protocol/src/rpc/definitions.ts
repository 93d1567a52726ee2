import { loadSync, type MethodDefinition, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import { fileURLToPath } from 'node:url'

let loaded: PackageDefinition | undefined

/** Read once: int64 as numbers, bytes as Buffers, absent fields at their zero. */
function definitions(): PackageDefinition {
  const includeDirs = [fileURLToPath(new URL('../../proto', import.meta.url))]
  loaded ??= loadSync('essaim.proto', { includeDirs, longs: Number, enums: String, defaults: true })
  return loaded
}

export type Method<Request, Response> = MethodDefinition<Request, Response>

/** The methods of a service of ours, such as `Dispatcher`. */
export function serviceOf(name: string): ServiceDefinition {
  const service = definitions()[`essaim.v1.${name}`]
  if (!service || 'format' in service) throw new TypeError(`no service ${name}`)
  return service as ServiceDefinition
}

export function methodOf<Request, Response>(service: string, name: string): Method<Request, Response> {
  const method = serviceOf(service)[name]
  if (!method) throw new TypeError(`no method ${name} in ${service}`)
  return method as unknown as Method<Request, Response>
}
