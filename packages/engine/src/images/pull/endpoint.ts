import type { AuthConfig } from '@essaim/api-types'
import { EssaimError, type Gate } from '@essaim/base'
import type { ImagesContext } from '../context.js'
import type { Origins } from '../origins.js'
import type { Reference } from '../reference.js'
import { endpointsOf, type RegistryOptions } from '../registry/endpoints.js'
import { Repository } from '../registry/repository.js'
import type { Configs } from './config.js'
import type { Downloads } from './download.js'

export type PullContext = ImagesContext & {
  downloads: Downloads
  configs: Configs
  origins: Origins
  uploads: Gate
  registries: RegistryOptions
}

export interface EndpointSettings {
  /** `pull`, or `pull,push`. */
  actions: string
  auth?: AuthConfig
  signal: AbortSignal
}

/** Mirrors come first, and plain HTTP after TLS where that is allowed; what the last one says is what counts. */
export async function withEndpoint<T>(
  { registries, logger }: Pick<PullContext, 'registries' | 'logger'>,
  reference: Reference,
  settings: EndpointSettings,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  // What is pushed goes to the registry itself.
  const endpoints = endpointsOf(reference.domain, registries).filter(
    ({ mirror }) => !mirror || settings.actions === 'pull',
  )
  let failure: unknown
  for (const endpoint of endpoints) {
    let opened = false
    try {
      const options = { ...settings, certsFolders: registries.certsFolders }
      using repository = await Repository.open(endpoint, reference.path, options)
      opened = true
      return await work(repository)
    } catch (error) {
      settings.signal.throwIfAborted()
      // A registry that was reached by TLS is not asked again without it; only a mirror may lack what the hub has.
      if ((opened && !endpoint.mirror) || !(error instanceof EssaimError)) throw error
      logger.debug('registry endpoint failed', { endpoint: endpoint.url, error: error.message })
      failure = error
    }
  }
  throw failure
}
