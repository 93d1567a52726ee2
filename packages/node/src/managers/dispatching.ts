import type { Dispatcher, SessionHello } from '@essaim/protocol'

/** The dispatcher of whoever leads: here, or on another host. A session stays with the one that it began with. */
export function dispatching(here: () => Dispatcher | undefined, there: Dispatcher): Dispatcher {
  let current = there
  return {
    session: (hello: SessionHello, signal) => {
      current = here() ?? there
      return current.session(hello, signal)
    },
    assignments: (id, signal) => current.assignments(id, signal),
    updateTaskStatus: (id, updates) => current.updateTaskStatus(id, updates),
    applied: (id, resultsIn) => current.applied(id, resultsIn),
    withdrawn: (id, tasks) => current.withdrawn(id, tasks),
    heartbeat: (id) => current.heartbeat(id),
    logSubscriptions: (id, signal) => current.logSubscriptions(id, signal),
    publishLogs: (id, subscription, records) => current.publishLogs(id, subscription, records),
    attach: (id, network, container) => current.attach(id, network, container),
    detach: (id, network, container) => current.detach(id, network, container),
    keepAttachments: (id, containers) => current.keepAttachments(id, containers),
    hostCalls: (id, signal) => current.hostCalls(id, signal),
    answerHostCall: (id, call, parts, signal) => current.answerHostCall(id, call, parts, signal),
    leave: (id) => current.leave(id),
  }
}
