import type { HealthConfig, TaskSpec } from '@essaim/api-types'
import { problem } from '../problem.js'
import type { ServiceModel } from '../shape/service.js'

type Container = NonNullable<TaskSpec['ContainerSpec']>

export function planHealth(service: ServiceModel): HealthConfig | undefined {
  const health = service.healthcheck
  if (!health) return undefined
  if (health.disable) {
    const { test } = health
    if (test?.value.length) throw problem(test.at, test.path, "test and disable can't be set at the same time")
    return { Test: ['NONE'] }
  }
  return {
    ...(health.test && { Test: health.test.value }),
    ...(health.interval && { Interval: health.interval }),
    ...(health.timeout && { Timeout: health.timeout }),
    ...(health.start_period && { StartPeriod: health.start_period }),
    ...(health.start_interval && { StartInterval: health.start_interval }),
    ...(health.retries && { Retries: health.retries }),
  }
}

/** `NAME=value`, or `NAME` alone for one that takes the node's; sorted by bytes. */
export function planEnv(environment: ServiceModel['environment']): string[] {
  return Object.entries(environment ?? {})
    .map(([name, value]) => (value === null ? name : `${name}=${value}`))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** What is added is not dropped; ALL stands for everything else in its list. */
export function planCapabilities(service: ServiceModel): Pick<Container, 'CapabilityAdd' | 'CapabilityDrop'> {
  const add = capabilities(service.cap_add)
  const drop = capabilities(service.cap_drop).filter((name) => !add.includes(name))
  return { ...(add.length > 0 && { CapabilityAdd: add }), ...(drop.length > 0 && { CapabilityDrop: drop }) }
}

function capabilities(names: string[] = []): string[] {
  const known = names
    .map((name) => name.trim().toUpperCase())
    .map((name) => {
      return name === 'ALL' || name === 'RESET' || name.startsWith('CAP_') ? name : `CAP_${name}`
    })
  if (known.includes('ALL')) return ['ALL']
  return [...new Set(known)].filter((name) => name !== 'RESET').toSorted()
}

export function planUlimits(ulimits: ServiceModel['ulimits']): Container['Ulimits'] {
  if (!ulimits) return undefined
  const all = Object.entries(ulimits).map(([name, { soft, hard }]) => ({ Name: name, Soft: soft, Hard: hard }))
  return all.toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
}

/** `address host`, as swarm wants them, of `host:address`. */
export function planHosts(hosts: string[] | undefined): string[] {
  return (hosts ?? []).map((line) => {
    const at = line.indexOf(':')
    return `${line.slice(at + 1)} ${line.slice(0, at)}`
  })
}

export function planDns(service: ServiceModel): Container['DNSConfig'] {
  const { dns = [], dns_search: search = [] } = service
  if (dns.length === 0 && search.length === 0) return undefined
  return { ...(dns.length > 0 && { Nameservers: dns }), ...(search.length > 0 && { Search: search }) }
}
