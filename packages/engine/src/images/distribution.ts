import type { AuthConfig, DistributionInspect, OCIPlatform } from '@essaim/api-types'
import type { PullContext } from './pull/endpoint.js'
import { withEndpoint } from './pull/endpoint.js'
import { digestOf, isIndex, parseDocument, parseManifest } from './manifest.js'
import { familiarName, familiarRepository, parseReference, withDefaultTag } from './reference.js'
import { readBody } from './registry/http.js'
import { explainPull } from './registry/repository.js'

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
  const ask = withEndpoint(context, reference, settings, async (repository) => {
    const { data, mediaType } = await repository.manifest(wanted, signal)
    const manifest = parseManifest(data)
    const Descriptor = { mediaType: manifest.mediaType ?? mediaType, digest: digestOf(data), size: data.length }
    if (isIndex(manifest)) {
      const Platforms = manifest.manifests.flatMap(({ platform }) => (platform ? [platform as OCIPlatform] : []))
      return { Descriptor, Platforms }
    }
    const { body } = await repository.blob(manifest.config.digest, 0, signal)
    const { os, architecture, variant } = parseDocument(await readBody(body, 8 << 20))
    return { Descriptor, Platforms: [{ os, architecture, ...(variant !== undefined && { variant }) }] }
  })
  return await ask.catch((error: unknown) => {
    throw explainPull(error, { repository: familiarRepository(reference), whole: familiarName(reference) })
  })
}
