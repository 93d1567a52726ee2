import { loadSync, type MessageTypeDefinition, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader'
import { fileURLToPath } from 'node:url'

const files = [
  'containers',
  'tasks',
  'snapshots',
  'content',
  'images',
  'leases',
  'diff',
  'events',
  'task-events',
  'namespaces',
  'version',
  'runc-options',
  'cgroups-v1',
  'cgroups-v2',
]

let loaded: PackageDefinition | undefined

/** Read once, at the first call: int64 as numbers, bytes as Buffers, enums by name, absent fields at their zero. */
function definitions(): PackageDefinition {
  loaded ??= loadSync(
    files.map((file) => `${file}.proto`),
    {
      includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
      longs: Number,
      enums: String,
      defaults: true,
    },
  )
  return loaded
}

export type Method<Request, Response> = MethodDefinition<Request, Response>

/** `service` is a full name such as `containerd.services.tasks.v1.Tasks`. */
export function methodOf<Request, Response>(service: string, name: string): Method<Request, Response> {
  const definition = definitions()[service] as unknown as Record<string, Method<Request, Response>> | undefined
  const method = definition?.[name]
  if (!method) throw new TypeError(`no method ${name} in ${service}`)
  return method
}

/** `name` is a full name such as `containerd.runc.v1.Options`. */
export function messageOf<T>(name: string): MessageTypeDefinition<T, T> {
  const definition = definitions()[name]
  if (!definition) throw new TypeError(`no message ${name}`)
  return definition as unknown as MessageTypeDefinition<T, T>
}
