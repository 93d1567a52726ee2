import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeObject } from '../orchestrator/simulation/cluster.js'
import { nodeSatisfies, parseConstraints } from './constraints.js'

const node = nodeObject(1, {
  Spec: { Role: 'manager', Availability: 'active', Labels: { zone: 'North', Empty: '' } },
  Description: {
    Hostname: 'Alpha',
    Platform: { OS: 'linux', Architecture: 'x86_64' },
    Engine: { Labels: { storage: 'ssd' } },
  },
  Status: { State: 'ready', Addr: '192.168.7.9' },
})

test('constraints as Docker knows them', () => {
  const cases: [string, boolean][] = [
    ['node.id==NODE1', true],
    ['node.id!=node1', false],
    ['node.hostname == alpha', true],
    ['node.role==worker', false],
    ['node.role != worker', true],
    ['NODE.ROLE==manager', true],
    ['node.platform.os==Linux', true],
    ['node.platform.arch==x86_64', true],
    ['node.labels.zone==north', true],
    ['node.labels.Zone==north', false],
    ['node.labels.none==x', false],
    ['node.labels.none!=x', true],
    ['engine.labels.storage==ssd', true],
    ['engine.labels.storage!=ssd', false],
    ['node.ip==192.168.7.9', true],
    ['node.ip==192.168.0.0/16', true],
    ['node.ip!=192.168.0.0/16', false],
    ['node.ip==10.0.0.0/8', false],
    ['node.ip!=10.0.0.0/8', true],
    ['node.ip==rubbish', false],
    ['node.colour==red', false],
    ['node.colour!=red', false],
  ]
  for (const [line, expected] of cases) assert.equal(nodeSatisfies(node, [line]), expected, line)
  assert.equal(nodeSatisfies(node, ['node.role==manager', 'node.labels.zone==south']), false)
  assert.equal(nodeSatisfies(node, undefined), true)
})

test("what is no constraint is refused in Docker's words", () => {
  assert.throws(() => parseConstraints(['node.role']), { message: 'constraint expected one operator from ==, !=' })
  assert.throws(() => parseConstraints(['=x==y']), { message: "key '=x' is invalid" })
  assert.throws(() => parseConstraints(['node.role==a>b']), { message: "value 'a>b' is invalid" })
})
