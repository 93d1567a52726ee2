import type { ServiceSpec, TaskSpec } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { splitWords } from '@essaim/compose'
import type { FlagValues } from '../core/flags.js'
import { pairsOf } from '../core/pairs.js'
import { mountsOf, portsOf } from './options.js'
import type { updateFlags } from '../commands/service/update.js'
import { familiarImage } from '../stack/image.js'
import { withFlags } from './service.js'

type Spec = ServiceSpec & { Name: string; TaskTemplate: TaskSpec }
type Flags = FlagValues<typeof updateFlags>

/** The spec as the flags change it. Networks are kept by id: `idOf` finds it. */
export async function updatedSpec(spec: Spec, flags: Flags, idOf: (network: string) => Promise<string>): Promise<Spec> {
  const container = spec.TaskTemplate.ContainerSpec ?? {}
  const args = flags.args === undefined ? undefined : splitWords(flags.args)
  const added = await Promise.all(flags['network-add'].map(idOf))
  const removed = await Promise.all(flags['network-rm'].map(idOf))
  const networks = (spec.TaskTemplate.Networks ?? []).filter(({ Target }) => !removed.includes(Target ?? ''))
  const base = {
    ...spec,
    Labels: changedLabels(spec.Labels, flags['label-add'], flags['label-rm']),
    Mode: changedMode(spec, flags.replicas),
    EndpointSpec: { ...spec.EndpointSpec, Ports: changedPorts(spec, flags) },
    TaskTemplate: {
      ...spec.TaskTemplate,
      ContainerSpec: {
        ...container,
        ...(flags.image !== undefined && { Image: familiarImage(flags.image) }),
        ...(args && { Args: args }),
        ...changedEnv(container.Env, flags['env-add'], flags['env-rm']),
        Labels: changedLabels(container.Labels, flags['container-label-add'], flags['container-label-rm']),
        Mounts: [
          ...(container.Mounts ?? []).filter(({ Target }) => !flags['mount-rm'].includes(Target ?? '')),
          ...mountsOf(flags['mount-add']),
        ],
      },
      ForceUpdate: (spec.TaskTemplate.ForceUpdate ?? 0) + (flags.force ? 1 : 0),
      Placement: {
        ...spec.TaskTemplate.Placement,
        ...changedConstraints(spec.TaskTemplate.Placement?.Constraints, flags),
      },
      Networks: [
        ...networks,
        ...added.filter((id) => !networks.some(({ Target }) => Target === id)).map((Target) => ({ Target })),
      ],
    },
  }
  return withFlags(base, flags) as Spec
}

function changedMode(spec: Spec, replicas: number | undefined): ServiceSpec['Mode'] {
  if (replicas === undefined) return spec.Mode
  if (!spec.Mode?.Replicated) throw invalid('cli.replicas', 'replicas can only be used with replicated mode')
  return { Replicated: { Replicas: replicas } }
}

function changedLabels(
  labels: Record<string, string> | undefined,
  add: string[],
  remove: string[],
): Record<string, string> {
  const kept = Object.entries(labels ?? {}).filter(([name]) => !remove.includes(name))
  return { ...Object.fromEntries(kept), ...pairsOf(add) }
}

/** A variable that is set again stays in its place. */
function changedEnv(env: string[] | undefined, add: string[], remove: string[]): { Env?: string[] } {
  if (!env && add.length === 0) return {}
  const nameOf = (pair: string): string => pair.replace(/=[^]*$/, '')
  const pairs = new Map([...(env ?? []), ...add].map((pair) => [nameOf(pair), pair]))
  for (const name of remove) pairs.delete(name)
  return { Env: [...pairs.values()] }
}

function changedConstraints(constraints: string[] | undefined, flags: Flags): { Constraints?: string[] } {
  const kept = (constraints ?? []).filter((rule) => !flags['constraint-rm'].includes(rule))
  const all = [...new Set([...kept, ...flags['constraint-add']])]
  return constraints || all.length > 0 ? { Constraints: all } : {}
}

function changedPorts(spec: Spec, flags: Flags): NonNullable<ServiceSpec['EndpointSpec']>['Ports'] {
  const removed = flags['publish-rm'].map((port) => Number(port.replace(/^.*:|\/.*$/g, '')))
  const added = portsOf(flags['publish-add'])
  const kept = (spec.EndpointSpec?.Ports ?? []).filter(({ TargetPort, Protocol = 'tcp' }) => {
    const replaced = added.some((port) => port.TargetPort === TargetPort && port.Protocol === Protocol)
    return !removed.includes(TargetPort ?? 0) && !replaced
  })
  return [...kept, ...added]
}
