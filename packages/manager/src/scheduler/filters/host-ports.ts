import { hostPorts } from '../node-load.js'
import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

/** Ports published in mode `host` are free on the node. */
export const freePorts: Filter = {
  check(task) {
    const ports = hostPorts(task)
    if (ports.length === 0) return undefined
    return (load) => !ports.some((port) => load.usesPort(port))
  },
  explain: (nodes) => `host-mode port already in use on ${onNodes(nodes)}`,
}
