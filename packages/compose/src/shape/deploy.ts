import { labels } from '../read/pairs.js'
import { anything, list, located, type Reader } from '../read/reader.js'
import { record } from '../read/record.js'
import { bytes, cpus, decimal, duration, oneOf, text, whole } from '../read/scalars.js'
import { problem, shown } from '../problem.js'

const constraint: Reader<string> = (node, spot) => {
  const rule = text(node, spot)
  if (!/^\s*[\w.-]+\s*(==|!=)\s*\S/.test(rule)) {
    throw problem(node.at, spot.path, `${shown(rule)} is not a constraint; write one such as node.role == manager`)
  }
  return rule
}

const rollout = <const F extends string[]>(...actions: F) =>
  record({
    parallelism: whole({ min: 0 }),
    delay: duration,
    failure_action: oneOf(...actions),
    monitor: duration,
    max_failure_ratio: decimal({ min: 0, max: 1 }),
    order: oneOf('start-first', 'stop-first'),
  })

const generic = list(record({ discrete_resource_spec: record({ kind: text, value: whole({ min: 0 }) }) }))

export const deploy = record({
  mode: oneOf('replicated', 'global', 'replicated-job', 'global-job'),
  endpoint_mode: oneOf('vip', 'dnsrr'),
  replicas: located(whole({ min: 0 })),
  labels,
  update_config: rollout('continue', 'pause', 'rollback'),
  rollback_config: rollout('continue', 'pause'),
  resources: record({
    limits: record({ cpus, memory: bytes, pids: whole() }),
    reservations: record({ cpus, memory: bytes, generic_resources: generic, devices: anything }),
  }),
  restart_policy: record({
    condition: oneOf('none', 'on-failure', 'any'),
    delay: duration,
    max_attempts: whole({ min: 0 }),
    window: duration,
  }),
  placement: record({
    constraints: list(constraint),
    preferences: list(record({ spread: text })),
    max_replicas_per_node: whole({ min: 0 }),
  }),
})
