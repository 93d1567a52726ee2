import { invalid } from '@essaim/base'

export const apiVersion = '1.51'
export const minApiVersion = '1.24'

/** Compares dotted version numbers; negative when `a` is the older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.')
  const right = b.split('.')
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = Number(left[index] ?? 0) - Number(right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

export function atLeast(version: string, wanted: string): boolean {
  return compareVersions(version, wanted) >= 0
}

/** The version that a call is answered in: the path's, or the newest. Throws Docker's refusals. */
export function negotiate(asked: string | undefined): string {
  if (asked === undefined) return apiVersion
  if (compareVersions(asked, apiVersion) > 0) {
    throw invalid(
      'api.version-too-new',
      `client version ${asked} is too new. Maximum supported API version is ${apiVersion}`,
    )
  }
  if (compareVersions(asked, minApiVersion) < 0) {
    throw invalid(
      'api.version-too-old',
      `client version ${asked} is too old. Minimum supported API version is ${minApiVersion}, please upgrade your client to a newer version`,
    )
  }
  return asked
}
