import { isDeepStrictEqual } from 'node:util'
import { rfc3339, type Clock } from '@essaim/base'
import type { AuthConfig, Service, ServiceSpec } from '@essaim/api-types'
import type { Tx } from '../../store/index.js'
import { failedPrecondition, outOfSequence, unimplemented } from '../refusal.js'
import { checkShape } from '../validate/convert.js'
import { checkPorts } from '../validate/ports.js'
import { checkExistence } from '../validate/references.js'
import { checkService } from '../validate/service.js'
import { storedSpec } from './stored-spec.js'
import { checkNetworks, withNetworkIds } from './targets.js'

export interface UpdateOptions {
  version: number
  spec: ServiceSpec
  rollback: boolean
  /** For the pulls of new tasks; without it those of `registryAuthFrom` stay. */
  auth?: AuthConfig
  registryAuthFrom: 'spec' | 'previous-spec'
}

/** Checks the new specification as Docker does and stores it; the old one becomes the previous one. */
export function updateService(tx: Tx, service: Service, options: UpdateOptions, clock: Clock): Service {
  const spec = withNetworkIds(tx, options.spec)
  checkShape(spec)
  checkService(spec)
  const Spec = storedSpec(spec)
  checkChange(service, Spec)
  checkNetworks(tx, spec)
  checkPorts(tx, spec, service.ID)
  checkExistence(tx, Spec.TaskTemplate)
  if (options.rollback && service.PreviousSpec === undefined) {
    throw failedPrecondition('service.no-previous', `service ${service.ID} does not have a previous spec`)
  }
  const auth = options.auth ?? keptAuth(service, options)
  if (service.Version.Index !== options.version) throw outOfSequence()
  const { UpdateStatus: _, PreviousSpec, ...rest } = service
  const next = options.rollback && PreviousSpec ? rolledBack(rest, PreviousSpec, clock) : changed(tx, rest, Spec, auth)
  return tx.update('service', { ...next, ...nextJob(service, clock) })
}

function checkChange(service: Service, spec: Service['Spec']): void {
  if (spec.Name !== service.Spec.Name) {
    throw unimplemented('service.rename', 'renaming services is not supported')
  }
  const modeOf = ({ Mode = {} }: Service['Spec']): string | undefined => Object.keys(Mode)[0]
  if (modeOf(spec) !== modeOf(service.Spec)) {
    throw unimplemented('service.mode-change', 'service mode change is not allowed')
  }
  if ((spec.Networks?.length ?? 0) > 0 && !isDeepStrictEqual(spec.Networks, service.Spec.Networks)) {
    throw unimplemented('service.networks', 'networks must be migrated to TaskSpec before being changed')
  }
}

type Rest = Omit<Service, 'UpdateStatus' | 'PreviousSpec'>

function keptAuth(service: Service, { rollback, registryAuthFrom }: UpdateOptions): AuthConfig | undefined {
  const { PullAuth, PreviousPullAuth } = service.Internal
  if (registryAuthFrom === 'spec' || rollback) return PullAuth
  if (service.PreviousSpec === undefined) {
    throw failedPrecondition('service.no-previous', 'service does not have a previous spec')
  }
  return PreviousPullAuth
}

function changed(tx: Tx, service: Rest, Spec: Service['Spec'], auth: AuthConfig | undefined): Service {
  const { Update: _, PullAuth, PreviousPullAuth: _before, ...internal } = service.Internal
  const same = isDeepStrictEqual(Spec, service.Spec)
  return {
    ...service,
    Spec: same ? service.Spec : Spec,
    PreviousSpec: service.Spec,
    Internal: {
      ...internal,
      SpecVersion: same ? internal.SpecVersion : tx.revision,
      PreviousSpecVersion: internal.SpecVersion,
      ...(auth && { PullAuth: auth }),
      ...(PullAuth && { PreviousPullAuth: PullAuth }),
    },
  }
}

function rolledBack(service: Rest, Spec: Service['Spec'], clock: Clock): Service {
  const { Update: _, PreviousSpecVersion, PullAuth, PreviousPullAuth, ...internal } = service.Internal
  return {
    ...service,
    Spec,
    PreviousSpec: service.Spec,
    UpdateStatus: {
      State: 'rollback_started',
      StartedAt: rfc3339(clock.now()),
      Message: 'manually requested rollback',
    },
    Internal: {
      ...internal,
      SpecVersion: PreviousSpecVersion ?? internal.SpecVersion,
      PreviousSpecVersion: internal.SpecVersion,
      ...(PreviousPullAuth && { PullAuth: PreviousPullAuth }),
      ...(PullAuth && { PreviousPullAuth: PullAuth }),
    },
  }
}

/** Every update of a job runs it anew. */
function nextJob({ JobStatus }: Service, clock: Clock): Pick<Service, 'JobStatus'> {
  if (JobStatus === undefined) return {}
  const Index = (JobStatus.JobIteration.Index ?? 0) + 1
  return { JobStatus: { JobIteration: { Index }, LastExecution: rfc3339(clock.now()) } }
}
