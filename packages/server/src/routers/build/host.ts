import { decode, Resources, Type, type HostConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { Query } from '../../http/query.js'
import { jsonOf } from './json.js'

const numbers = {
  memory: 'Memory',
  memswap: 'MemorySwap',
  cpushares: 'CpuShares',
  cpuperiod: 'CpuPeriod',
  cpuquota: 'CpuQuota',
  shmsize: 'ShmSize',
} as const

const texts = {
  cpusetcpus: 'CpusetCpus',
  cpusetmems: 'CpusetMems',
  cgroupparent: 'CgroupParent',
  networkmode: 'NetworkMode',
} as const

/** What the containers of a build's commands are given. */
export function hostOf(query: Query): HostConfig {
  const host: HostConfig = {}
  for (const [name, field] of Object.entries(numbers)) {
    const value = query.integer(name)
    if (value !== undefined && value !== 0) host[field] = value
  }
  for (const [name, field] of Object.entries(texts)) {
    const value = query.optional(name)
    if (value !== undefined) host[field] = value
  }
  if ((host.ShmSize ?? 0) < 0) throw invalid('build.shmsize', `shmsize must be greater than 0, not ${host.ShmSize}`)
  const ulimits = jsonOf('ulimits', query.text('ulimits'), [])
  const { Ulimits = [] } = decode(Resources, { Ulimits: ulimits })
  const hosts = query.all('extrahosts').flatMap(hostsOf)
  return { ...host, ...(Ulimits.length > 0 && { Ulimits }), ...(hosts.length > 0 && { ExtraHosts: hosts }) }
}

/** One value a query parameter, or docker-py's list in JSON, or several with commas between them. */
function hostsOf(text: string): string[] {
  if (text.startsWith('[')) return decode(Type.Array(Type.String()), jsonOf('extrahosts', text, []))
  return text.split(',').filter((entry) => entry !== '')
}
