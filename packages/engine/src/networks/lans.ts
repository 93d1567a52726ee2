import { messageOf, type Logger } from '@essaim/base'
import { makeParent, removeParent, tryLanLink } from './kernel/lan.js'
import type { NetworkRecord } from './records.js'

/** The parents of macvlan and ipvlan networks on this host. */
export class Lans {
  constructor(private readonly logger: Logger) {}

  /** Refuses what the kernel cannot do, before there is a network of it. */
  async create({ lan }: NetworkRecord): Promise<void> {
    if (!lan) return
    await makeParent(lan)
    await tryLanLink(lan)
  }

  /** After a restart. A parent that is gone is reported: the network's containers do not start until it is back. */
  async ensure({ name, lan }: NetworkRecord): Promise<void> {
    if (!lan) return
    await makeParent(lan).catch((error: unknown) => {
      this.logger.error('a network has lost its parent interface', { network: name, error: messageOf(error) })
    })
  }

  async remove({ lan }: NetworkRecord): Promise<void> {
    if (lan) await removeParent(lan)
  }
}
