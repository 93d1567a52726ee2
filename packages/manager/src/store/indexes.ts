import type { ServiceSpec, Tables, TaskSpec } from '@essaim/api-types'
import type { IndexName, TableName } from './contract.js'

type KeysOf<T extends TableName> = { [I in IndexName<T>]: (object: Tables[T]) => string[] }

const networksOf = (spec: Pick<ServiceSpec, 'Networks' | 'TaskTemplate'>): string[] =>
  [...(spec.TaskTemplate?.Networks ?? []), ...(spec.Networks ?? [])].flatMap(({ Target }) => Target ?? [])
const secretsOf = (spec: TaskSpec | undefined): string[] =>
  (spec?.ContainerSpec?.Secrets ?? []).flatMap(({ SecretID }) => SecretID ?? [])
const configsOf = (spec: TaskSpec | undefined): string[] =>
  (spec?.ContainerSpec?.Configs ?? []).flatMap(({ ConfigID }) => ConfigID ?? [])

const byName = { name: ({ Spec }: { Spec: { Name: string } }): string[] => [Spec.Name] }

/** The keys under which each index finds an object. */
export const indexes: { [T in TableName]: KeysOf<T> } = {
  cluster: {},
  node: { name: ({ Description }) => (Description.Hostname === undefined ? [] : [Description.Hostname]) },
  service: {
    ...byName,
    network: ({ Spec }) => networksOf(Spec),
    secret: ({ Spec }) => secretsOf(Spec.TaskTemplate),
    config: ({ Spec }) => configsOf(Spec.TaskTemplate),
  },
  task: {
    service: ({ ServiceID }) => [ServiceID ?? ''],
    node: ({ NodeID }) => [NodeID ?? ''],
    slot: ({ ServiceID, Slot, NodeID }) => [`${ServiceID ?? ''}/${Slot ?? NodeID ?? ''}`],
    desired: ({ DesiredState }) => [DesiredState],
    state: ({ Status }) => [Status.State],
    network: ({ NetworksAttachments }) => (NetworksAttachments ?? []).map(({ Network }) => Network.ID),
    secret: ({ Spec }) => secretsOf(Spec),
    config: ({ Spec }) => configsOf(Spec),
  },
  network: byName,
  secret: byName,
  config: byName,
}

/** The keys of `object` in one index. */
export function keysIn(table: TableName, index: string, object: Tables[TableName]): readonly string[] {
  const keys = (indexes[table] as Record<string, ((object: Tables[TableName]) => string[]) | undefined>)[index]
  if (keys === undefined) throw new Error(`the table ${table} has no index ${index}`)
  return keys(object)
}

export const tableNames = Object.keys(indexes) as TableName[]
