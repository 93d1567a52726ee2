import type { ImageInspect, ImageSummary } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** An image in a list, as clients of `version` know it. */
export function summaryAnswer(summary: ImageSummary, version: string): object {
  const { Descriptor, Manifests, ...rest } = summary
  return {
    ...rest,
    ...(!atLeast(version, '1.43') && namesBefore143(summary)),
    ...(!atLeast(version, '1.51') && { Containers: -1 }),
    ...(!atLeast(version, '1.44') && { VirtualSize: rest.Size }),
    Labels: Object.keys(rest.Labels ?? {}).length === 0 ? null : rest.Labels,
    ...(atLeast(version, '1.47') && Manifests && { Manifests }),
    ...(atLeast(version, '1.48') && Descriptor && { Descriptor }),
  }
}

function namesBefore143({ RepoTags, RepoDigests }: ImageSummary): object {
  if (RepoTags.length === 0 && RepoDigests.length === 0) {
    return { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }
  }
  return { RepoDigests: RepoDigests.length === 0 ? null : RepoDigests }
}

/** Fields of an image's configuration that clients read without looking whether they are there. */
const absent = {
  Cmd: null,
  Entrypoint: null,
  Env: null,
  Labels: null,
  OnBuild: null,
  User: '',
  Volumes: null,
  WorkingDir: '',
}

/** Those that were a container's and not an image's, and went in 1.50. */
const absentBefore150 = {
  Hostname: '',
  Domainname: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: '',
}

/** An inspected image, as clients of `version` know it. */
export function inspectAnswer(image: ImageInspect, version: string): object {
  const { Descriptor, Manifests, Config, ...rest } = image
  const defaults = atLeast(version, '1.50') ? absent : { ...absentBefore150, ...absent }
  return {
    ...rest,
    Config: { ...defaults, ...Config },
    ...(!atLeast(version, '1.44') && { VirtualSize: rest.Size }),
    // Of the container that a classic builder made it from: there is none. The field went with 1.45, but docker-compose
    // 1.29, which asks in the newest version that there is, cannot make a container anew without it.
    ...(!atLeast(version, '1.45') && { Container: '' }),
    ContainerConfig: defaults,
    ...(atLeast(version, '1.48') && { ...(Descriptor && { Descriptor }), ...(Manifests && { Manifests }) }),
  }
}
