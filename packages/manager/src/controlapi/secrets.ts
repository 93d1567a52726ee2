import type { Ids } from '@essaim/base'
import type { Config, Secret } from '@essaim/api-types'
import type { Store } from '../store/index.js'
import { NamedData } from './named-data.js'

export function createSecrets(store: Store, ids: Ids): NamedData<'secret'> {
  return new NamedData('secret', store, ids, withoutData)
}

export function createConfigs(store: Store, ids: Ids): NamedData<'config'> {
  return new NamedData('config', store, ids, (config: Config) => config)
}

function withoutData(secret: Secret): Secret {
  const { Data: _, ...Spec } = secret.Spec
  return { ...secret, Spec }
}
