import { decode, Type } from '@essaim/api-types'
import { invalid, isKind, messageOf, notFound } from '@essaim/base'
import type { Call } from '../../http/call.js'
import { atLeast } from '../../http/version.js'
import type { ImagesBackend } from './backend.js'

const OciPlatform = Type.Object({
  os: Type.Optional(Type.String()),
  architecture: Type.Optional(Type.String()),
  variant: Type.Optional(Type.String()),
})

export interface Platform {
  os: string
  architecture: string
  variant: string
}

/** The platform that a call asks for, if it may in its version: each call that may has learned it in another. */
export function platformOf({ query, version }: Call, since: string): Platform | undefined {
  const text = atLeast(version, since) ? query.optional('platform') : undefined
  return text === undefined ? undefined : readPlatform(text)
}

/** An OCI platform in JSON, as a query carries it. Throws Docker's refusals. */
export function readPlatform(text: string): Platform {
  const { os = '', architecture = '', variant = '' } = parse(text)
  if (os !== '' && architecture !== '') return { os, architecture, variant }
  throw invalid(
    'image.platform',
    os === '' && architecture === '' && variant !== ''
      ? 'optional platform fields provided, but OS and Architecture are missing'
      : 'both OS and Architecture must be provided',
  )
}

function parse(text: string): Type.Static<typeof OciPlatform> {
  try {
    return decode(OciPlatform, JSON.parse(text))
  } catch (error) {
    throw invalid('image.platform', `failed to parse platform: ${messageOf(error)}`, { cause: error })
  }
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === '' ? [] : [variant])].join('/')
}

/**
 * An image is kept for one platform. Throws Docker's refusal when it is another than what is wanted; of an image that is
 * not there the call itself tells.
 */
export async function requirePlatform(
  backend: Pick<ImagesBackend, 'inspect'>,
  ref: string,
  wanted: Platform | undefined,
): Promise<void> {
  if (wanted === undefined) return
  const image = await backend.inspect(ref).catch((error: unknown) => {
    if (isKind(error, 'not-found')) return undefined
    throw error
  })
  if (image === undefined) return
  const { Os: os, Architecture: architecture, Variant: variant } = image
  const same = os === wanted.os && architecture === wanted.architecture
  if (same && (wanted.variant === '' || (variant ?? usualVariant(architecture)) === wanted.variant)) return
  const asked = formatPlatform(wanted)
  throw notFound(
    'image.platform',
    `image with reference ${ref} was found but does not provide the specified platform (${asked})`,
  )
}

const usualVariant = (architecture: string | undefined): string =>
  architecture === 'arm64' ? 'v8' : architecture === 'arm' ? 'v7' : ''
