import { forbidden, internal, invalid, unavailable, type EssaimError } from '@essaim/base'

/** Docker's refusals around a swarm's life, word for word: clients look for them. */
export const notManager = (): EssaimError =>
  unavailable(
    'swarm.not-manager',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  )

/** Of a worker. */
export const onlyWorker = (): EssaimError =>
  unavailable(
    'swarm.worker',
    "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
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

export const oneOfManagers = (reachable: number, managers: number): EssaimError => {
  const begin = 'You are attempting to leave the swarm on a node that is participating as a manager. '
  const left = reachable - 1
  const message =
    left > managers / 2
      ? 'Use `--force` to suppress this message.'
      : `Removing this node leaves ${left} managers out of ${managers}. Without a Raft quorum your swarm will be inaccessible. The only way to restore a swarm that has lost consensus is to reinitialize it with \`--force-new-cluster\`. Use \`--force\` to suppress this message.`
  return unavailable('swarm.manager-leaves', begin + message, {
    hint: 'demote it first with "docker node demote": then the others do not count it any more',
  })
}

export const invalidToken = (): EssaimError => internal('swarm.join-token', 'invalid join token')

export const joinTimeout = (): EssaimError =>
  unavailable(
    'swarm.join-timeout',
    'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.',
  )

export const wrongFingerprint = (expected: string): EssaimError =>
  invalid('swarm.fingerprint', `remote CA does not match fingerprint. Expected: ${expected}`, {
    hint: 'the token is of another swarm, or was made before the root was rotated: ask for it with "docker swarm join-token worker"',
  })

/** `ahead`: by how many milliseconds the manager's clock is before this one's. */
export const clocksDiffer = (ahead: number): EssaimError => {
  const seconds = Math.round(Math.abs(ahead) / 1000)
  const message = `the clock of this node is ${seconds} s ${ahead > 0 ? 'behind' : 'ahead of'} the manager's: certificates would not count`
  return forbidden('swarm.clock', message, { hint: 'set the clocks, by NTP best, and join again' })
}

export const noLeader = (): EssaimError =>
  unavailable(
    'swarm.no-leader',
    "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.",
    {
      hint: 'start the other managers again; where they are lost, "docker swarm init --force-new-cluster" on this one makes it the only manager, with all that the swarm has',
    },
  )

/** Of a write whose answer will not come. */
export const leaderLost = (): EssaimError =>
  unavailable(
    'swarm.leader-lost',
    'the manager that leads was lost while it worked on this: whether it was done is not known',
    {
      hint: 'look whether it was, and ask again',
    },
  )
