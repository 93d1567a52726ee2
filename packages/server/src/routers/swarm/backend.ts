import type { Cluster, Identity, JoinTokens, SwarmInitRequest, SwarmJoinRequest, SwarmSpec } from '@essaim/api-types'

export interface SwarmBackend {
  inspect(): Promise<Omit<Cluster, 'Internal'> & { JoinTokens: JoinTokens }>
  /** Answers the node's id. */
  init(request: SwarmInitRequest, caller: Identity): Promise<string>
  join(request: SwarmJoinRequest, caller: Identity): Promise<void>
  leave(options: { force: boolean }, caller: Identity): Promise<void>
  update(
    version: number,
    spec: SwarmSpec,
    rotate: { workerToken: boolean; managerToken: boolean; unlockKey: boolean },
    caller: Identity,
  ): Promise<void>
  unlockKey(): Promise<string>
  unlock(key: string): Promise<void>
}
