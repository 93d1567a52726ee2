import type { AuthConfig } from '@essaim/api-types'

/** The X-Registry-Auth header: JSON in URL-safe base64. */
export function registryAuth(config: AuthConfig): string {
  return Buffer.from(JSON.stringify(config)).toString('base64url')
}
