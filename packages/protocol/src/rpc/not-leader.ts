import { EssaimError } from '@essaim/base'

/** The refusal of a manager that does not lead; nothing was done. */
export class NotLeader extends EssaimError {
  constructor(
    /** `ip:port` of the one that does, as far as it is known. */
    readonly leader?: string,
  ) {
    const where = leader === undefined ? 'none is known to lead' : `the one at ${leader} does`
    super('unavailable', 'rpc.not-leader', `this manager does not lead the swarm: ${where}`)
  }
}
