import { forbidden, type Logger } from '@essaim/base'
import { checkMember } from '@essaim/manager'
import { RpcServer, serveCA, serveDispatcher, serveManagers, type NodeIdentity } from '@essaim/protocol'
import { operateHere } from './operator.js'
import type { Seat } from './seat.js'

/** What this manager answers to other nodes, at `address` (`host:port`). Where it does not lead it says who does. */
export async function serveNodes(
  address: string,
  seat: Seat,
  identity: () => NodeIdentity,
  logger: Logger,
): Promise<RpcServer> {
  const server = new RpcServer(identity(), logger)
  serveCA(server, {
    roots: () => seat.leading?.authority.roots() ?? identity().roots,
    now: () => Date.now(),
    join: async (token, request) => seat.manage().authority.join(token, request),
    renew: async (peer, request) => seat.manage().authority.renew(peer, request),
  })
  serveDispatcher(server, ({ nodeId }) => seat.manage().dispatcher.of(nodeId))
  serveManagers(
    server,
    {
      operate: async (operation) => operateHere(seat.manage(), operation),
      logs: async ({ noun, args: [ref, options] }, signal) => {
        const manager = seat.manage()
        const target = noun === 'tasks' ? manager.tasks : manager.services
        return target.logs(ref as string, options as Parameters<typeof target.logs>[1], signal)
      },
      enter: (peer, request) => seat.enter(peer, request),
      depart: (peer) => seat.depart(peer),
      yieldTo: (memberId) => seat.yieldTo(memberId),
    },
    ({ nodeId, role }) => {
      const view = seat.manage().store.view()
      checkMember(view, nodeId)
      if (role === 'manager' && view.get('node', nodeId)?.Spec.Role === 'manager') return
      throw forbidden('managers.role', `node ${nodeId} is no manager of the swarm`)
    },
  )
  await server.listen(address)
  return server
}
