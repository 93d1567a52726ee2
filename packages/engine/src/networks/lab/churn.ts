import { join } from 'node:path'
import type { NetworkCreateRequest } from '@essaim/api-types'
import { silentLogger } from '@essaim/base'
import { EventBus } from '../../events/bus.js'
import { EngineDb } from '../../state/db.js'
import { Networks } from '../networks.js'
import { idOf, requestOf } from './lab.js'

/**
 * A process that opens and closes sandboxes until it is killed, some of them refused on purpose, others connected to
 * other networks meanwhile, with networks that come and go. Says `ready` once what a former one left is adopted. Arguments: folder, seed.
 */
const [, , root = '', seed = '1'] = process.argv
let state = Number(seed)

/** The same sequence for the same seed (Numerical Recipes' generator). */
function below(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

const db = EngineDb.open(join(root, 'db'))
const networks = await Networks.open({
  dataRoot: join(root, 'data'),
  execRoot: join(root, 'exec'),
  db,
  events: new EventBus(),
  logger: silentLogger,
})
const { sandboxes } = networks
// What ran keeps running, by the toss of a coin, as a container does or does not.
const names = Array.from({ length: 8 }, (_, index) => `churn${index}`)
await sandboxes.adopt(names.filter(() => below(2) === 0).map(idOf))
const caller = { name: 'test' }
const kinds: NetworkCreateRequest[] = [
  { Name: 'one', EnableIPv6: true },
  { Name: 'two' },
  { Name: 'lan', Driver: 'macvlan' },
]
for (const request of kinds) if (!networks.find(request.Name ?? '')) await networks.create(request, caller)
process.stdout.write('ready\n')

/** What a killed process left half made or half removed is one of them, too. */
async function comeAndGo(name: string): Promise<void> {
  if (networks.find(name)) await networks.remove(name, caller)
  await networks.create({ Name: name, EnableIPv6: below(2) === 0 }, caller)
  await networks.remove(name, caller)
}

let cycles = 0
async function churn(name: string): Promise<never> {
  for (;;) {
    const bad = below(5) === 0
    const ports = bad ? [{ HostPort: '18500' }, { HostIp: '203.0.113.9', HostPort: '18501' }] : [{ HostPort: '' }]
    try {
      await sandboxes.open(requestOf(name, { networkMode: 'one', portBindings: { '80/tcp': ports, '53/udp': [{}] } }))
      if (below(3) === 0) await sandboxes.connect(idOf(name), 'two', {})
      if (below(4) === 0) await sandboxes.connect(idOf(name), 'lan', {})
      if (below(3) === 0) await sandboxes.disconnect(idOf(name), 'one')
    } catch {
      // A refusal is what was asked for; whatever is wrong otherwise shows in what is left over at the end.
    }
    await sandboxes.close(idOf(name))
    if (below(6) === 0) await comeAndGo(`net-${name}`)
    process.stdout.write(`${++cycles}\n`)
  }
}
await Promise.all(names.map(churn))
