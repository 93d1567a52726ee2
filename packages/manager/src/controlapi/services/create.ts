import { rfc3339, type Clock, type Ids } from '@essaim/base'
import type { AuthConfig, Service, ServiceSpec } from '@essaim/api-types'
import type { Tx } from '../../store/index.js'
import { alreadyExists } from '../refusal.js'
import { checkShape } from '../validate/convert.js'
import { checkPorts } from '../validate/ports.js'
import { checkExistence } from '../validate/references.js'
import { checkService } from '../validate/service.js'
import { generateName } from './generated-name.js'
import { storedSpec } from './stored-spec.js'
import { checkNetworks, withNetworkIds } from './targets.js'

/** Checks the specification as Docker does and stores the service; `auth` is for the pulls of its tasks. */
export function createService(tx: Tx, given: ServiceSpec, ids: Ids, clock: Clock, auth?: AuthConfig): Service {
  const named = { ...given, Name: given.Name === undefined || given.Name === '' ? generateName() : given.Name }
  const spec = withNetworkIds(tx, named)
  checkShape(spec)
  checkService(spec)
  checkNetworks(tx, spec)
  checkPorts(tx, spec)
  checkExistence(tx, spec.TaskTemplate ?? {})
  if (tx.find('service', 'name', named.Name).length > 0) {
    const message = `name conflicts with an existing object: service ${named.Name} already exists`
    throw alreadyExists('service.exists', message)
  }
  const Spec = storedSpec(spec)
  const isJob = Spec.Mode?.ReplicatedJob !== undefined || Spec.Mode?.GlobalJob !== undefined
  return tx.create('service', {
    ID: ids.swarm(),
    Version: { Index: 0 },
    CreatedAt: '',
    UpdatedAt: '',
    Spec,
    Endpoint: { Spec: {} },
    ...(isJob && { JobStatus: { JobIteration: { Index: 0 }, LastExecution: rfc3339(clock.now()) } }),
    Internal: { SpecVersion: tx.revision, ...(auth && { PullAuth: auth }) },
  })
}
