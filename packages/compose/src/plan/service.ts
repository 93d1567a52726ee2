import type { ServiceSpec, TaskSpec } from '@essaim/api-types'
import type { Surroundings } from '../environment.js'
import { problem } from '../problem.js'
import type { Located } from '../read/reader.js'
import type { ComposeModel } from '../shape/compose-file.js'
import type { ServiceModel } from '../shape/service.js'
import { planCapabilities, planDns, planEnv, planHealth, planHosts, planUlimits } from './container.js'
import { planEndpoint, planMode, planPlacement, planResources, planRestart, planRollout } from './deploy.js'
import { clusterName, planUses } from './files.js'
import { planMount } from './mounts.js'
import { imageLabel, type Namespace } from './namespace.js'
import { attachments } from './networks.js'

type Container = NonNullable<TaskSpec['ContainerSpec']>

export interface ServicePlan {
  /** As the Compose file names it, without the stack's prefix. */
  key: string
  /** As the Compose file names it. */
  image: string
  /** Its secrets and configs are named, their ids are not known yet. */
  spec: ServiceSpec & { Name: string; Labels: Record<string, string>; TaskTemplate: TaskSpec }
}

export function planService(
  key: string,
  found: Located<ServiceModel>,
  model: ComposeModel,
  namespace: Namespace,
  around: Surroundings,
): ServicePlan {
  const service = found.value
  const deploy = service.deploy ?? {}
  const image = service.image?.value ?? ''
  if (image === '')
    throw problem(found.at, found.path, 'no image specified; a stack does not build, it needs image: NAME')
  const restart = planRestart(service)
  const task: TaskSpec = {
    ContainerSpec: planContainer(image, found, model, namespace, around),
    Resources: planResources(deploy),
    ...(restart && { RestartPolicy: restart }),
    Placement: planPlacement(deploy),
    Networks: attachments(key, service, model, namespace),
    ...(service.logging && {
      LogDriver: {
        ...(service.logging.driver !== undefined && { Name: service.logging.driver }),
        ...(service.logging.options && { Options: service.logging.options }),
      },
    }),
  }
  return {
    key,
    image,
    spec: {
      Name: namespace.scope(key),
      Labels: { ...namespace.labels(deploy.labels), [imageLabel]: image },
      TaskTemplate: task,
      Mode: planMode(deploy),
      ...(deploy.update_config && { UpdateConfig: planRollout(deploy.update_config) }),
      ...(deploy.rollback_config && { RollbackConfig: planRollout(deploy.rollback_config) }),
      EndpointSpec: planEndpoint(deploy.endpoint_mode, service.ports ?? []),
    },
  }
}

function planContainer(
  image: string,
  found: Located<ServiceModel>,
  model: ComposeModel,
  namespace: Namespace,
  around: Surroundings,
): Container {
  const service = found.value
  const health = planHealth(service)
  const dns = planDns(service)
  const ulimits = planUlimits(service.ulimits)
  const secrets = planUses('secret', service.secrets, model.secrets, namespace)
  const configs = planUses('config', service.configs, model.configs, namespace)
  const runtime = credentialConfig(found, model, namespace)
  return {
    Image: image,
    Labels: namespace.labels(service.labels),
    ...(service.entrypoint && { Command: service.entrypoint }),
    ...(service.command && { Args: service.command }),
    ...(service.hostname !== undefined && { Hostname: service.hostname }),
    Env: planEnv(service.environment),
    ...(service.working_dir !== undefined && { Dir: service.working_dir }),
    ...(service.user !== undefined && { User: service.user }),
    Privileges: service.credential_spec ? { CredentialSpec: credentialSpec(service.credential_spec) } : {},
    ...(service.tty && { TTY: true }),
    ...(service.stdin_open && { OpenStdin: true }),
    ...(service.read_only && { ReadOnly: true }),
    Mounts: (service.volumes ?? []).map((mount) => planMount(mount, model, namespace, around)),
    ...(service.stop_signal !== undefined && { StopSignal: service.stop_signal }),
    ...(service.stop_grace_period !== undefined && { StopGracePeriod: service.stop_grace_period }),
    ...(health && { HealthCheck: health }),
    Hosts: planHosts(service.extra_hosts),
    ...(dns && { DNSConfig: dns }),
    Secrets: secrets.map(({ name, file }) => ({ File: file, SecretName: name })),
    Configs: [
      ...configs.map(({ name, file }) => ({ File: file, ConfigName: name })),
      ...(runtime === undefined ? [] : [{ Runtime: {}, ConfigName: runtime }]),
    ],
    ...(service.isolation !== undefined && { Isolation: service.isolation as 'default' }),
    ...(service.init !== undefined && { Init: service.init }),
    ...(service.sysctls && { Sysctls: service.sysctls }),
    ...planCapabilities(service),
    ...(ulimits && { Ulimits: ulimits }),
    ...(service.oom_score_adj && { OomScoreAdj: service.oom_score_adj }),
  }
}

type Credential = NonNullable<ServiceModel['credential_spec']>

const credentialSpec = (spec: Credential): { Config?: string; File?: string; Registry?: string } => ({
  ...(spec.config !== undefined && { Config: spec.config }),
  ...(spec.file !== undefined && { File: spec.file }),
  ...(spec.registry !== undefined && { Registry: spec.registry }),
})

/** A credential spec may be a config, which is then used without being a file. */
function credentialConfig(found: Located<ServiceModel>, model: ComposeModel, namespace: Namespace): string | undefined {
  const key = found.value.credential_spec?.config
  if (key === undefined) return undefined
  const use = { ...found, path: `${found.path}.credential_spec.config` }
  return clusterName('config', key, use, model.configs, namespace)
}
