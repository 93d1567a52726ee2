import type { Cluster, JoinTokens, SwarmInitRequest, SwarmJoinRequest, SwarmSpec } from '@essaim/api-types'
import type { Call } from '../call.js'

export type SwarmAnswer = Omit<Cluster, 'Internal'> & { JoinTokens: JoinTokens }

export class SwarmClient {
  constructor(private readonly call: Call) {}

  inspect(): Promise<SwarmAnswer> {
    return this.call.json('GET', '/swarm')
  }

  /** Answers the node's id. */
  init(body: SwarmInitRequest): Promise<string> {
    return this.call.json('POST', '/swarm/init', { body })
  }

  join(body: SwarmJoinRequest): Promise<void> {
    return this.call.done('POST', '/swarm/join', { body })
  }

  leave(options: { force?: boolean } = {}): Promise<void> {
    return this.call.done('POST', '/swarm/leave', { query: options })
  }

  update(
    version: number,
    body: SwarmSpec,
    rotate: { rotateWorkerToken?: boolean; rotateManagerToken?: boolean; rotateManagerUnlockKey?: boolean } = {},
  ): Promise<void> {
    return this.call.done('POST', '/swarm/update', { query: { version, ...rotate }, body })
  }
}
