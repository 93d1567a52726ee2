import type { ComposeModel } from './shape/compose-file.js'
import type { ServiceModel } from './shape/service.js'
import type { Located } from './read/reader.js'

/**
 * Lays `over` on `base` by the stock CLI's rules: within a service single values are replaced, mappings merged, lists
 * appended, except that commands and health tests are replaced, and ports, secrets, configs and volumes are matched
 * by published port, source and target. Whole entries of the other sections are replaced.
 */
export function mergeModels(base: ComposeModel, over: ComposeModel): ComposeModel {
  const services = { ...base.services }
  for (const [name, service] of Object.entries(over.services ?? {})) {
    const before = services[name]
    services[name] = before ? { ...service, value: mergeService(before.value, service.value) } : service
  }
  return {
    ...base,
    ...over,
    services,
    networks: { ...base.networks, ...over.networks },
    volumes: { ...base.volumes, ...over.volumes },
    secrets: { ...base.secrets, ...over.secrets },
    configs: { ...base.configs, ...over.configs },
  }
}

function mergeService(base: ServiceModel, over: ServiceModel): ServiceModel {
  const merged = deep(base, over) as ServiceModel
  const set = <K extends keyof ServiceModel>(key: K, value: ServiceModel[K]): void => {
    if (value !== undefined) merged[key] = value
  }
  set('command', over.command?.length ? over.command : base.command)
  set('entrypoint', over.entrypoint?.length ? over.entrypoint : base.entrypoint)
  const port = (item: { published?: number }): number => item.published ?? 0
  set('ports', matched(base.ports, over.ports, port))
  set(
    'volumes',
    matched(base.volumes, over.volumes, (item) => item.value.target),
  )
  const source = (item: Located<{ source: string }>): string => item.value.source
  set('secrets', matched(base.secrets, over.secrets, source))
  set('configs', matched(base.configs, over.configs, source))
  if (over.healthcheck?.test && merged.healthcheck) merged.healthcheck.test = over.healthcheck.test
  // Other drivers have other options.
  const [before, after] = [base.logging?.driver, over.logging?.driver]
  if (before && after && before !== after) set('logging', over.logging)
  for (const [name, use] of Object.entries(over.networks ?? {})) {
    const joined = merged.networks?.[name]
    if (joined) joined.value = { ...base.networks?.[name]?.value, ...use.value }
  }
  return merged
}

/** Both lists, those of `over` in place of those of `base` with the same key, in the order of the keys. */
function matched<T>(base: T[] | undefined, over: T[] | undefined, key: (item: T) => string | number): T[] | undefined {
  if (!base && !over) return undefined
  const all = new Map([...(base ?? []), ...(over ?? [])].map((item) => [key(item), item]))
  return [...all.entries()].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item)
}

function deep(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (Array.isArray(base) && Array.isArray(over)) return [...(base as unknown[]), ...(over as unknown[])]
  if (!isObject(base) || !isObject(over)) return over
  const keys = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries([...keys].map((key) => [key, deep(base[key], over[key])]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
