import { hostname } from 'node:os'
import { shortId } from '@essaim/base'
import type { ContainerConfig } from '@essaim/api-types'

/** The container that a log is of, as log drivers tell of it. */
export interface LogSource {
  id: string
  /** Without slash. */
  name: string
  /** `sha256:...` */
  imageId: string
  imageName: string
  command: string
  /** RFC 3339. */
  created: string
  labels: Record<string, string>
  /** `NAME=value`. */
  env: string[]
}

export function logSource(record: {
  id: string
  name: string
  image: string
  path: string
  args: string[]
  created: string
  config: ContainerConfig
}): LogSource {
  const { id, name, image, path, args, created, config } = record
  return {
    id,
    name,
    imageId: image,
    imageName: config.Image ?? '',
    command: [path, ...args].join(' '),
    created,
    labels: config.Labels ?? {},
    env: config.Env ?? [],
  }
}

/** What `{{.NAME}}` stands for in a tag. */
export function tagFields(source: LogSource): Record<string, string> {
  return {
    ID: shortId(source.id),
    FullID: source.id,
    Name: source.name,
    ImageID: shortId(source.imageId),
    ImageFullID: source.imageId,
    ImageName: source.imageName,
    Command: source.command,
    Hostname: hostname(),
    // Templates of Docker's users name it so.
    DaemonName: 'docker',
    ContainerID: source.id,
    ContainerName: `/${source.name}`,
    ContainerImageID: source.imageId,
    ContainerImageName: source.imageName,
  }
}
