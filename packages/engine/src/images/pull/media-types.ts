import { invalid } from '@essaim/base'
import { isIndex, mediaTypes, type Index, type Manifest } from '../manifest.js'
import type { FetchedManifest } from '../registry/repository.js'

const manifests: string[] = [mediaTypes.dockerManifest, mediaTypes.ociManifest]
const indexes: string[] = [mediaTypes.dockerList, mediaTypes.ociIndex]
/** The third is what very old registries gave. */
const configs: string[] = [mediaTypes.dockerConfig, mediaTypes.ociConfig, 'application/octet-stream']
const layers =
  /^application\/vnd\.(docker\.image\.rootfs\.(foreign\.)?diff\.tar|oci\.image\.layer\.(nondistributable\.)?v1\.tar)/
const plugin = 'application/vnd.docker.plugin.v1+json'

/** The media type of what was fetched: its own word and the registry's must not speak against each other. */
export function checkedMediaType(fetched: FetchedManifest, content: Manifest | Index): string {
  const known = isIndex(content) ? indexes : manifests
  const { mediaType: own } = content
  if (own !== undefined && own !== '') {
    if (!known.includes(own)) throw unsupported(own)
    const told = [...manifests, ...indexes].includes(fetched.mediaType)
    if (!told || fetched.mediaType === own) return own
    throw invalid('registry.media-type', `mediaType in manifest should be '${fetched.mediaType}' not '${own}'`)
  }
  if (fetched.mediaType === '') return known[0] ?? ''
  if (!known.includes(fetched.mediaType)) throw unsupported(fetched.mediaType)
  return fetched.mediaType
}

/** Registries hold other things than images; those have a configuration of another type. */
export function checkImageTypes({ config, layers: blobs }: Manifest): void {
  if (config.mediaType !== '' && !configs.includes(config.mediaType)) {
    const kind = config.mediaType === plugin ? 'plugin' : 'unknown'
    throw invalid(
      'registry.media-type',
      `Encountered remote ${JSON.stringify(config.mediaType)}(${kind}) when fetching`,
      {
        hint: 'only images can be pulled',
      },
    )
  }
  const other = blobs.find(({ mediaType }) => !layers.test(mediaType))
  if (other) throw invalid('registry.media-type', `unsupported layer media type ${JSON.stringify(other.mediaType)}`)
}

const unsupported = (mediaType: string): Error =>
  invalid('registry.media-type', `unsupported manifest media type ${JSON.stringify(mediaType)}`)
