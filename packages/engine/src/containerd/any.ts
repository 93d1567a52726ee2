import { messageOf } from './protocol.js'

/** protobuf's Any as it goes over the wire; the field's name is the protocol's. */
export interface Any {
  type_url: string
  value: Buffer
}

/** OCI's own types travel as JSON, under a URL without the usual `type.googleapis.com/`. */
export function ociSpec(spec: object): Any {
  return jsonAny('Spec', spec)
}

/** For Tasks.exec: an OCI `process`. */
export function ociProcess(process: object): Any {
  return jsonAny('Process', process)
}

/** For Tasks.update: OCI `linux.resources`. */
export function ociResources(resources: object): Any {
  return jsonAny('LinuxResources', resources)
}

export interface RuncOptions {
  noPivotRoot?: boolean
  noNewKeyring?: boolean
  shimCgroup?: string
  ioUid?: number
  ioGid?: number
  /** `runc` where empty. */
  binaryName?: string
  /** Where runc keeps its state. */
  root?: string
  systemdCgroup?: boolean
}

export function runcOptions(options: RuncOptions): Any {
  const value = messageOf<RuncOptions>('containerd.runc.v1.Options').serialize(options)
  return { type_url: 'containerd.runc.v1.Options', value }
}

/** What an Any holds: JSON for OCI's types, otherwise the message that its URL names. */
export function unpackAny(any: Any): unknown {
  if (any.type_url.startsWith('types.containerd.io/')) return JSON.parse(any.value.toString('utf8')) as unknown
  return messageOf<unknown>(any.type_url.slice(any.type_url.lastIndexOf('/') + 1)).deserialize(any.value)
}

function jsonAny(type: string, value: object): Any {
  return {
    type_url: `types.containerd.io/opencontainers/runtime-spec/1/${type}`,
    value: Buffer.from(JSON.stringify(value)),
  }
}
