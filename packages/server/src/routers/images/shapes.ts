import type { ImageInspect, ImageSummary } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** An image in a list, as clients of `version` know it. */
export function summaryAnswer(summary: ImageSummary, version: string): object {
  const { Descriptor, Manifests, ...rest } = summary
  const unnamed = rest.RepoTags.length === 0 && rest.RepoDigests.length === 0
  return {
    ...rest,
    ...(unnamed && !atLeast(version, '1.43') && { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }),
    ...(!atLeast(version, '1.51') && { Containers: -1 }),
    ...(!atLeast(version, '1.44') && { VirtualSize: rest.Size }),
    ...(atLeast(version, '1.47') && Manifests && { Manifests }),
    ...(atLeast(version, '1.48') && Descriptor && { Descriptor }),
  }
}

/** An inspected image, as clients of `version` know it. */
export function inspectAnswer(image: ImageInspect, version: string): object {
  const { Descriptor, Manifests, ...rest } = image
  return {
    ...rest,
    ...(!atLeast(version, '1.44') && { VirtualSize: rest.Size }),
    ...(!atLeast(version, '1.45') && { Container: '', ContainerConfig: rest.Config }),
    ...(atLeast(version, '1.48') && { ...(Descriptor && { Descriptor }), ...(Manifests && { Manifests }) }),
  }
}
