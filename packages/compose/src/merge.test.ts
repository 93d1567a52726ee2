import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from './plan-of.fixture.js'

test('a second file is laid over the first by the stock CLI’s rules', () => {
  const base = `
services:
  web:
    image: one
    command: [a, b]
    ports: ["80:80", "81:81"]
    environment: {A: "1", B: "2"}
    dns: [1.1.1.1]
    healthcheck: {test: [CMD, old], interval: 5s}
    secrets: [{source: s, target: old}]
    deploy: {replicas: 3, placement: {constraints: [node.role==manager]}}
    networks: {n: {aliases: [x]}}
    logging: {driver: json-file, options: {max-size: 1m}}
secrets: {s: {external: true}}
networks: {n: {}}`
  const over = `
services:
  web:
    image: two
    command: [c]
    ports: ["81:9999"]
    environment: [B=3, C=4]
    dns: [8.8.8.8]
    healthcheck: {test: [CMD, new]}
    secrets: [{source: s, target: new}]
    deploy: {replicas: 0, placement: {constraints: [node.platform.os==linux]}}
    networks: {n: {aliases: [y]}}
    logging: {driver: local}
networks: {n: {internal: true}}`
  const plan = planOf([base, over])
  const spec = plan.services[0]?.spec
  const container = spec?.TaskTemplate.ContainerSpec
  assert.equal(container?.Image, 'two')
  assert.deepEqual(container?.Args, ['c'])
  assert.deepEqual(container?.Env, ['A=1', 'B=3', 'C=4'])
  assert.deepEqual(container?.DNSConfig?.Nameservers, ['1.1.1.1', '8.8.8.8'])
  assert.deepEqual(container?.HealthCheck, { Test: ['CMD', 'new'], Interval: 5e9 })
  assert.deepEqual(
    container?.Secrets?.map((use) => use.File?.Name),
    ['new'],
  )
  assert.deepEqual(
    spec?.EndpointSpec?.Ports?.map((port) => [port.PublishedPort, port.TargetPort]),
    [
      [80, 80],
      [81, 9999],
    ],
  )
  assert.deepEqual(spec?.Mode, { Replicated: { Replicas: 0 } })
  assert.deepEqual(spec?.TaskTemplate.Placement?.Constraints, ['node.role==manager', 'node.platform.os==linux'])
  assert.deepEqual(spec?.TaskTemplate.Networks?.[0]?.Aliases, ['y', 'web'])
  assert.deepEqual(spec?.TaskTemplate.LogDriver, { Name: 'local' })
  assert.equal(plan.networks.own[0]?.Internal, true)
})
