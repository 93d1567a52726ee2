import type { TaskSpec } from '@essaim/api-types'
import type { Client } from '@essaim/client'

/** An image's name as the stock CLI puts it into a spec: without Docker's own registry, with the tag `latest` where none is given. */
export function familiarImage(image: string): string {
  if (/^[0-9a-f]{64}$/.test(image)) return image
  const name = image.replace(/^(index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '')
  const tagged = name.includes('@') || name.lastIndexOf(':') > name.lastIndexOf('/')
  return tagged ? name : `${name}:latest`
}

export interface Resolved {
  spec: TaskSpec
  /** Neither the registry nor this node knows the image. */
  unknown: boolean
}

/**
 * The task's spec with the image pinned to the digest that its registry names now, and with the platforms that it is
 * there for. Where the registry does not answer, the tag stands, and each node looks for itself.
 */
export async function pinImage(client: Client, spec: TaskSpec, auth: string | undefined): Promise<Resolved> {
  const image = spec.ContainerSpec?.Image ?? ''
  if (image.includes('@') || /^[0-9a-f]{64}$/.test(image)) return { spec, unknown: false }
  const found = await client.images.distribution(image, auth).catch(() => undefined)
  if (!found?.Descriptor.digest) {
    // Whatever kept the registry from answering: an image that is here can run.
    const here = await client.images.inspect(image).catch(() => undefined)
    return { spec, unknown: here === undefined }
  }
  const platforms = found.Platforms.flatMap((platform) => {
    if (!platform) return []
    // Nodes and registries name arm's variants differently: any arm will do (moby/swarmkit#2294).
    const Architecture = platform.architecture?.toLowerCase() === 'arm' ? '' : platform.architecture
    return [{ ...(Architecture && { Architecture }), ...(platform.os !== undefined && { OS: platform.os }) }]
  })
  return {
    spec: {
      ...spec,
      ContainerSpec: { ...spec.ContainerSpec, Image: `${image}@${found.Descriptor.digest}` },
      ...(platforms.length > 0 && { Placement: { ...spec.Placement, Platforms: platforms } }),
    },
    unknown: false,
  }
}
