import { internal, unavailable, type EssaimError } from '@essaim/base'

/** Docker's refusals around a swarm's life, word for word: clients look for them. */
export const notManager = (): EssaimError =>
  unavailable(
    'swarm.not-manager',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  )

export const alreadyInSwarm = (): EssaimError =>
  unavailable(
    'swarm.already',
    'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.',
  )

export const notInSwarm = (): EssaimError => unavailable('swarm.none', 'This node is not part of a swarm')

export const lastManager = (): EssaimError =>
  unavailable(
    'swarm.last-manager',
    'You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ',
  )

export const invalidToken = (): EssaimError => internal('swarm.join-token', 'invalid join token')
