import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builds } from './builds.js'
import { connections } from './connections.js'
import { containerFiles } from './container-files.js'
import { containerLife } from './container-life.js'
import { containerStreams } from './container-streams.js'
import { startEngine } from './engine.js'
import { execs } from './execs.js'
import { images } from './images.js'
import { networks } from './networks.js'
import { nodes } from './nodes.js'
import { outsideSwarm } from './outside-swarm.js'
import { registry } from './registry.js'
import { secretsAndConfigs } from './secrets-and-configs.js'
import { services } from './services.js'
import { swarm } from './swarm.js'
import { system } from './system.js'
import { volumes } from './volumes.js'
import { wrongInput } from './wrong-input.js'
import { wrongInputInSwarm } from './wrong-input-in-swarm.js'

/** What this engine refuses, each with a way on. */
const unsupported = [
  'Session',
  'PluginPull',
  'PluginCreate',
  'GetPluginPrivileges',
  'PluginInspect',
  'PluginDelete',
  'PluginEnable',
  'PluginDisable',
  'PluginUpgrade',
  'PluginPush',
  'PluginSet',
  'VolumeUpdate',
]
/** What needs Docker Hub, a second manager, or is seen by its own test on another connection. */
const elsewhere = ['ImageSearch', 'SwarmJoin', 'SwarmUnlock', 'NodeDelete']
/** Documented, and never answered by Docker Engine itself: of a push it tells in its stream. */
const neverMet = ['SwarmInspect 404', 'ContainerDelete 400', 'ImagePush 404', 'ImageTag 409', 'NetworkDisconnect 403']
const overRawConnections = ['ContainerAttach', 'ContainerAttachWebsocket', 'ExecStart']

const parts = {
  system,
  images,
  builds,
  registry,
  volumes,
  networks,
  containerLife,
  containerStreams,
  containerFiles,
  execs,
  connections,
  wrongInput,
  outsideSwarm,
  swarm,
  secretsAndConfigs,
  services,
  nodes,
  wrongInputInSwarm,
}

test('the API as its specification says', async (t) => {
  const { api, specification } = await startEngine(t)
  for (const [name, part] of Object.entries(parts)) await t.test(name, (inner) => part(inner, api))
  await t.test('a swarm that is left', async () => {
    await api.refused(503, /You are attempting to leave the swarm on a node/, 'POST', '/swarm/leave')
    await api.ok('POST', '/swarm/leave', { query: { force: '1' } })
    await api.refused(503, /not a swarm manager/, 'GET', '/swarm')
  })
  await t.test('every documented refusal was met', { skip: specification ? false : 'no specification' }, () => {
    const known = new Set([...unsupported, ...elsewhere, ...overRawConnections])
    const missing = specification?.unprovoked().filter((refusal) => !known.has(refusal.split(' ')[0] ?? ''))
    assert.deepEqual(missing, neverMet)
  })
  await t.test('every operation was called with success', { skip: specification ? false : 'no specification' }, () => {
    const known = new Set([...unsupported, ...elsewhere, ...overRawConnections])
    assert.deepEqual(
      specification?.uncalled().filter((id) => !known.has(id)),
      [],
    )
  })
})
