import type { ServiceSpec } from '@essaim/api-types'
import { atLeast } from '../../http/version.js'

/** Takes off what a client of `version` cannot have meant, since it did not exist, and moves what stood elsewhere. */
export function adjustSpec(spec: ServiceSpec, version: string): ServiceSpec {
  const template = spec.TaskTemplate
  const container = template?.ContainerSpec
  if (!atLeast(version, '1.40')) {
    delete container?.Sysctls
    delete container?.Privileges?.CredentialSpec?.Config
    for (const config of container?.Configs ?? []) delete config.Runtime
    delete template?.Placement?.MaxReplicas
  }
  if (!atLeast(version, '1.41')) {
    delete container?.CapabilityAdd
    delete container?.CapabilityDrop
    delete container?.Ulimits
    delete template?.Resources?.Limits?.Pids
    delete spec.Mode?.ReplicatedJob
    delete spec.Mode?.GlobalJob
  }
  if (!atLeast(version, '1.44')) {
    delete container?.Privileges?.Seccomp
    delete container?.Privileges?.AppArmor
    delete container?.Privileges?.NoNewPrivileges
    delete container?.HealthCheck?.StartInterval
    moveNetworks(spec)
  }
  if (!atLeast(version, '1.46')) {
    for (const mount of container?.Mounts ?? []) delete mount.TmpfsOptions?.Options
    delete container?.OomScoreAdj
  }
  delete spec.Networks
  return spec
}

/** A service's networks stood in the spec itself before they moved into the task's template. */
function moveNetworks(spec: ServiceSpec): void {
  const template = spec.TaskTemplate
  if (!template || (template.Networks ?? []).length > 0 || (spec.Networks ?? []).length === 0) return
  template.Networks = spec.Networks ?? []
}
