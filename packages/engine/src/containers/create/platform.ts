import { invalid, notFound } from '@essaim/base'
import type { Image } from '../../images/contract.js'

export interface Platform {
  os: string
  architecture: string
}

const architectures: Record<string, string> = { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64', armhf: 'arm' }
const systems = ['linux', 'windows', 'darwin', 'freebsd']

/** `os`, `arch` or `os/arch[/variant]`, as containerd reads it. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw invalid('container.platform', `"${text}": cannot parse platform specifier: invalid argument`)
  }
  const [first = '', second] = parts
  if (second !== undefined) return { os: first, architecture: architectures[second] ?? second }
  return systems.includes(first)
    ? { os: first, architecture: '' }
    : { os: 'linux', architecture: architectures[first] ?? first }
}

/** Throws Docker's refusal when the image is for another platform; an empty architecture is any. */
export function checkPlatform(wanted: Platform, ref: string, { os, architecture }: Image): void {
  if (wanted.os === os && (wanted.architecture === '' || wanted.architecture === architecture)) return
  const asked = wanted.architecture === '' ? wanted.os : `${wanted.os}/${wanted.architecture}`
  const why = `does not match the specified platform: wanted ${asked}, actual: ${os}/${architecture}`
  throw notFound('container.platform', `image with reference ${ref} was found but ${why}`)
}
