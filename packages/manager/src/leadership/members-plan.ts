import type { Member } from '../etcd/index.js'

export interface MembersPlan {
  /** Learners that have started: they are to vote. */
  promote: Member[]
  /** Members whose node is a manager no more. */
  remove: Member[]
  /** Who leads is to be a manager no more: another one has to see to that. */
  resign: boolean
}

/** What makes etcd's members those nodes that are meant to be managers. A member is named by its node. */
export function membersPlan(members: readonly Member[], managers: ReadonlySet<string>, self: string): MembersPlan {
  const started = members.filter(({ name }) => name !== '')
  return {
    promote: started.filter(({ isLearner, name }) => isLearner && managers.has(name)),
    remove: started.filter(({ name }) => name !== self && !managers.has(name)),
    resign: !managers.has(self),
  }
}
