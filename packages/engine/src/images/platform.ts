import { invalid, notFound } from '@essaim/base'
import type { IndexEntry } from './manifest.js'

export interface Platform {
  os: string
  architecture: string
  variant?: string
}

const machines: Partial<Record<NodeJS.Architecture, [string, string?]>> = {
  x64: ['amd64'],
  arm64: ['arm64', 'v8'],
  arm: ['arm', 'v7'],
  ppc64: ['ppc64le'],
  ia32: ['386'],
}

export function hostPlatform(): Platform {
  const [architecture, variant] = machines[process.arch] ?? [process.arch]
  return { os: 'linux', architecture, ...(variant !== undefined && { variant }) }
}

/** `os[/architecture[/variant]]`, or an architecture alone. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw invalid(
      'image.platform',
      `"${text}" is an invalid component of "${text}": platform specifier must match os/arch`,
    )
  }
  if (parts.length === 1 && parts[0] !== 'linux') return normal({ os: 'linux', architecture: parts[0] ?? '' })
  const [os = 'linux', architecture = hostPlatform().architecture, variant] = parts
  return normal({ os, architecture, ...(variant !== undefined && { variant }) })
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** The entry of an index for a platform; of those that run there the one with the same variant. */
export function selectManifest(entries: IndexEntry[], wanted: Platform): IndexEntry {
  const fits = entries.filter(({ platform }) => {
    return platform?.os === wanted.os && normal(platform as Platform).architecture === wanted.architecture
  })
  const exact = fits.find(({ platform }) => {
    const variant = normal(platform as Platform).variant
    return variant === wanted.variant || wanted.variant === undefined || variant === undefined
  })
  const lesser = wanted.architecture === 'arm' ? byVariantBelow(fits, wanted) : undefined
  const found = exact ?? lesser
  if (!found) {
    throw notFound('image.platform', `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries`)
  }
  return found
}

/** A 32-bit arm runs what was made for the variants below its own. */
function byVariantBelow(entries: IndexEntry[], wanted: Platform): IndexEntry | undefined {
  return entries
    .filter(({ platform }) => (platform?.variant ?? 'v7') <= (wanted.variant ?? 'v7'))
    .toSorted((a, b) => (b.platform?.variant ?? 'v7').localeCompare(a.platform?.variant ?? 'v7'))[0]
}

const aliases: Record<string, [string, string?]> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64', 'v8'],
  arm64: ['arm64', 'v8'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  arm: ['arm', 'v7'],
  i386: ['386'],
}

function normal({ os, architecture, variant }: Platform): Platform {
  const [name, usual] = aliases[architecture] ?? [architecture]
  const known = variant ?? usual
  return { os, architecture: name, ...(known !== undefined && { variant: known }) }
}
