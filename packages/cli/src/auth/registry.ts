import type { AuthConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { registryAuth } from '@essaim/client'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>
  credsStore?: string
  credHelpers?: Record<string, string>
}

const hub = 'https://index.docker.io/v1/'

/** The X-Registry-Auth header for an image, from the Docker CLI's config.json; of an empty login where there is none. */
export function authForImage(image: string, env: Record<string, string | undefined>): string {
  const registry = registryOf(image)
  const config = readConfig(env)
  const helper = config.credHelpers?.[registry] ?? config.credsStore
  const { auth, identitytoken } = config.auths?.[registry] ?? {}
  if (auth === undefined || auth === '') {
    if (helper !== undefined && config.auths?.[registry] !== undefined) {
      throw invalid(
        'cli.credentials',
        `the login of ${registry} is kept by the credential helper ${helper}, which is not asked`,
        {
          hint: 'log in without a helper, so that config.json holds it',
        },
      )
    }
    return registryAuth({})
  }
  return registryAuth(loginOf(registry, auth, identitytoken))
}

/** Every login that the Docker CLI's config.json holds itself, by registry: a build may pull from any. */
export function allLogins(env: Record<string, string | undefined>): Record<string, AuthConfig> {
  const entries = Object.entries(readConfig(env).auths ?? {})
  const held = entries.filter(([, { auth = '' }]) => auth !== '')
  return Object.fromEntries(
    held.map(([registry, { auth = '', identitytoken }]) => [registry, loginOf(registry, auth, identitytoken)]),
  )
}

function loginOf(registry: string, auth: string, identitytoken: string | undefined): AuthConfig {
  const login = Buffer.from(auth, 'base64').toString()
  const colon = login.indexOf(':')
  const username = login.slice(0, colon)
  if (identitytoken) return { username, identitytoken, serveraddress: registry }
  return { username, password: login.slice(colon + 1), serveraddress: registry }
}

/** The registry that an image's name begins with, or Docker's own. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : hub
}

function readConfig(env: Record<string, string | undefined>): DockerConfig {
  const path = join(env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return {}
    throw error
  }
  try {
    return JSON.parse(text) as DockerConfig
  } catch (error) {
    throw invalid('cli.config', `${path} is not JSON`, { cause: error })
  }
}
