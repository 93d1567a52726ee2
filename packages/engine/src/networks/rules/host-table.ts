import type { Logger } from '@essaim/base'
import { messageOf } from '@essaim/base'
import type { Nft } from '../kernel/nft.js'
import { difference, noRules, replacement } from './difference.js'
import type { HostRules } from './host.js'

/**
 * Keeps the host's tables equal to what is wanted, a difference at a time. Calls that come while one is under way share
 * the next transaction.
 */
export class HostTable {
  /** What the kernel holds; undefined when that is not known, and the tables have to be written whole. */
  #applied: HostRules[] | undefined
  #next: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(
    private readonly nft: Nft,
    private readonly wanted: () => HostRules[],
    private readonly logger: Logger,
  ) {}

  /** Resolves when the kernel has what was wanted at the time of the call, or later. */
  sync(): Promise<void> {
    this.#next ??= this.#after(this.#running)
    return this.#next
  }

  async #after(previous: Promise<void>): Promise<void> {
    await previous.catch(() => {})
    this.#next = undefined
    this.#running = this.#apply()
    await this.#running
  }

  async #apply(): Promise<void> {
    const wanted = this.wanted()
    const applied = this.#applied
    if (applied) {
      try {
        await this.nft.transaction(wanted.flatMap((rules, index) => difference(applied[index] ?? noRules, rules)))
        this.#applied = wanted
        return
      } catch (error) {
        // Somebody else changed the table, such as `nft flush ruleset`: what is there is not known any more.
        this.logger.warn('the nftables tables are not as they were left; writing them anew', {
          error: messageOf(error),
        })
        this.#applied = undefined
      }
    }
    await this.nft.transaction(wanted.flatMap(replacement))
    this.#applied = wanted
  }

  /** Writes the table anew when somebody took it away, as a reload of the host's own nftables.conf does. */
  async check(): Promise<void> {
    await this.#running.catch(() => {})
    const there = await Promise.all(
      (this.#applied ?? []).map(({ table }) => this.nft.hasChain(`${table.name} ${table.chain}`)),
    )
    if (there.every((one) => one)) return
    this.logger.warn('a nftables table is gone; writing all anew')
    this.#applied = undefined
    await this.sync()
  }
}
