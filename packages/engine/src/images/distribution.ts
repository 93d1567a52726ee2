import type { AuthConfig, DistributionInspect, OCIPlatform } from '@essaim/api-types'
import type { PullContext } from './pull/endpoint.js'
import { withEndpoint } from './pull/endpoint.js'
import { digestOf, isIndex, mediaTypes, parseDocument, parseManifest } from './manifest.js'
import { parseReference, withDefaultTag } from './reference.js'

/** Of other things a registry holds there is no platform. */
const imageConfigs: string[] = [mediaTypes.dockerConfig, mediaTypes.ociConfig]

/** What a registry has under a name, without pulling it. */
export async function distribution(
  context: PullContext,
  ref: string,
  auth: AuthConfig | undefined,
): Promise<DistributionInspect> {
  const reference = withDefaultTag(parseReference(ref))
  const signal = AbortSignal.timeout(60_000)
  const settings = { actions: 'pull', signal, ...(auth && { auth }) }
  const wanted = reference.digest ?? reference.tag ?? ''
  return await withEndpoint(context, reference, settings, async (repository) => {
    const { data, mediaType } = await repository.manifest(wanted, signal)
    const manifest = parseManifest(data)
    const Descriptor = { mediaType: manifest.mediaType ?? mediaType, digest: digestOf(data), size: data.length }
    if (isIndex(manifest)) {
      const Platforms = manifest.manifests.flatMap(({ platform }) => (platform ? [platform as OCIPlatform] : []))
      return { Descriptor, Platforms }
    }
    if (!imageConfigs.includes(manifest.config.mediaType)) return { Descriptor, Platforms: [] }
    const config = await context.configs.fetch(repository, manifest.config, signal)
    const { os, architecture, variant } = parseDocument(config)
    return { Descriptor, Platforms: [{ os, architecture, ...(variant !== undefined && { variant }) }] }
  })
}
