import type { ContainerCreateRequest, HostConfig, Mount, Task } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { familiarImage } from './image.js'
import { taskLabels } from './names.js'
import { taskMounts } from './mounts.js'
import { taskNetworks } from './networks.js'
import { hostPorts } from './ports.js'
import { resourceLimits } from './resources.js'
import { securityOptions } from './security.js'
import { expand, templateFields, type NodeFacts } from './template.js'

/** The container of a task: what Docker's own executor makes of the same specification. */
export function containerRequest(task: Task, node: NodeFacts): ContainerCreateRequest {
  const spec = containerSpec(task)
  const fields = templateFields(task, node)
  const { exposed } = hostPorts(task)
  const { mode, endpoints } = taskNetworks(task)
  return {
    Image: familiarImage(spec.Image ?? ''),
    Labels: taskLabels(task),
    Env: (spec.Env ?? []).map((entry) => expand(entry, fields)),
    ...(spec.Command !== undefined && spec.Command.length > 0 && { Entrypoint: spec.Command }),
    ...(spec.Args !== undefined && { Cmd: spec.Args }),
    ...(spec.Hostname !== undefined && { Hostname: expand(spec.Hostname, fields) }),
    ...(spec.Dir !== undefined && { WorkingDir: spec.Dir }),
    ...(spec.User !== undefined && { User: spec.User }),
    ...(spec.TTY !== undefined && { Tty: spec.TTY }),
    ...(spec.OpenStdin !== undefined && { OpenStdin: spec.OpenStdin }),
    ...(spec.StopSignal !== undefined && { StopSignal: spec.StopSignal }),
    ...(spec.HealthCheck !== undefined && { Healthcheck: spec.HealthCheck }),
    ...(Object.keys(exposed).length > 0 && { ExposedPorts: exposed }),
    HostConfig: { ...hostConfig(task, taskMounts(task, fields)), NetworkMode: mode },
    NetworkingConfig: { EndpointsConfig: endpoints },
  }
}

/** Throws when the task is of another kind than a container. */
export function containerSpec(task: Task): NonNullable<Task['Spec']['ContainerSpec']> {
  if (task.Spec.ContainerSpec) return task.Spec.ContainerSpec
  throw invalid('task.runtime', `task ${task.ID} has no ContainerSpec: only tasks that are containers can run here`)
}

function hostConfig(task: Task, mounts: Mount[]): HostConfig {
  const spec = containerSpec(task)
  const { LogDriver: log } = task.Spec
  const security = securityOptions(spec.Privileges)
  return {
    ...resourceLimits(task.Spec),
    PortBindings: hostPorts(task).bindings,
    ...(mounts.length > 0 && { Mounts: mounts }),
    RestartPolicy: { Name: 'no' },
    ...(spec.Groups !== undefined && { GroupAdd: spec.Groups }),
    ...(spec.ReadOnly !== undefined && { ReadonlyRootfs: spec.ReadOnly }),
    ...(spec.Init !== undefined && { Init: spec.Init }),
    ...(spec.Sysctls !== undefined && { Sysctls: spec.Sysctls }),
    ...(spec.CapabilityAdd !== undefined && { CapAdd: spec.CapabilityAdd }),
    ...(spec.CapabilityDrop !== undefined && { CapDrop: spec.CapabilityDrop }),
    ...(spec.Isolation !== undefined && { Isolation: spec.Isolation }),
    ...(spec.Hosts !== undefined && { ExtraHosts: spec.Hosts.flatMap(extraHosts) }),
    ...(security.length > 0 && { SecurityOpt: security }),
    ...(spec.DNSConfig?.Nameservers !== undefined && { Dns: spec.DNSConfig.Nameservers }),
    ...(spec.DNSConfig?.Search !== undefined && { DnsSearch: spec.DNSConfig.Search }),
    ...(spec.DNSConfig?.Options !== undefined && { DnsOptions: spec.DNSConfig.Options }),
    ...(log?.Name !== undefined && {
      LogConfig: { Type: log.Name as 'json-file', ...(log.Options !== undefined && { Config: log.Options }) },
    }),
  }
}

/** A line of /etc/hosts, `IP name [alias...]`, as `name:IP` for each name. */
function extraHosts(line: string): string[] {
  const [address = '', ...names] = line.trim().split(/\s+/)
  return names.map((name) => `${name}:${address}`)
}
