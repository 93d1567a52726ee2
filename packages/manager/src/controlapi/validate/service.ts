import type { EndpointPortConfig, ServiceSpec } from '@essaim/api-types'
import { checkDnsName } from '../names.js'
import { invalidArgument } from '../refusal.js'
import { checkTask } from './task.js'

/** What swarmkit refuses of a service's specification, in its order. */
export function checkService(spec: ServiceSpec): void {
  checkDnsName('service', spec.Name ?? '')
  checkTask(spec.TaskTemplate ?? {})
  checkJob(spec)
  checkUpdate(spec.UpdateConfig)
  checkEndpoint(spec)
}

function checkJob({ Mode, UpdateConfig }: ServiceSpec): void {
  const isJob = Mode?.ReplicatedJob !== undefined || Mode?.GlobalJob !== undefined
  if (isJob && UpdateConfig !== undefined) throw invalidArgument('service.job', 'Jobs may not have an update config')
  if ((Mode?.Replicated?.Replicas ?? 0) < 0)
    throw invalidArgument('service.mode', 'Number of replicas must be non-negative')
}

function checkUpdate(config: ServiceSpec['UpdateConfig']): void {
  const { Delay = 0, Monitor = 0, MaxFailureRatio = 0 } = config ?? {}
  if (Delay < 0) throw refused('update-delay cannot be negative')
  if (Monitor < 0) throw refused('update-monitor cannot be negative')
  if (MaxFailureRatio < 0 || MaxFailureRatio > 1) {
    throw refused('update-maxfailureratio cannot be less than 0 or bigger than 1')
  }
}

const refused = (message: string): Error => invalidArgument('service.update', `TaskSpec: ${message}`)

function checkEndpoint({ EndpointSpec }: ServiceSpec): void {
  const ports = EndpointSpec?.Ports ?? []
  const isIngress = ({ PublishMode }: EndpointPortConfig): boolean => PublishMode !== 'host'
  if (EndpointSpec?.Mode === 'dnsrr' && ports.some(isIngress)) {
    const message = "EndpointSpec: port published with ingress mode can't be used with dnsrr mode"
    throw invalidArgument('service.endpoint', message)
  }
  const seen = new Set<string>()
  for (const { PublishedPort = 0, Protocol = 'tcp' } of ports) {
    checkRange(PublishedPort)
    const key = `${PublishedPort}/${Protocol}`
    if (PublishedPort !== 0 && seen.has(key)) {
      throw invalidArgument('service.endpoint', 'EndpointSpec: duplicate published ports provided')
    }
    seen.add(key)
  }
  for (const { TargetPort = 0, Protocol = 'tcp' } of ports) {
    checkRange(TargetPort)
    if (!['tcp', 'udp', 'sctp'].includes(Protocol)) {
      throw invalidArgument('service.endpoint', `EndpointSpec: invalid protocol ${Protocol}: one of tcp, udp, sctp`)
    }
  }
}

/** Docker takes any number and its tasks then fail for ever. */
function checkRange(port: number): void {
  if (port >= 0 && port <= 65535) return
  throw invalidArgument('service.endpoint', `EndpointSpec: invalid port ${port}: must be between 1 and 65535`)
}
