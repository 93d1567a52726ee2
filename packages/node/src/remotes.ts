import type { ManagerAddress } from '@essaim/protocol'

/** The managers that this node knows of: the one that answered last is asked first, then the others by turn. */
export class Remotes {
  #turn = 0
  #leader: string | undefined

  constructor(private managers: readonly ManagerAddress[]) {}

  get all(): readonly ManagerAddress[] {
    return this.managers
  }

  /** The next address to be tried; undefined when none is known. */
  next(): string | undefined {
    const leader = this.#leader
    this.#leader = undefined
    if (leader !== undefined) return leader
    if (this.managers.length === 0) return undefined
    return this.managers[this.#turn++ % this.managers.length]?.address
  }

  /** One said that the manager at this address leads: it is tried next, even where it is not known. */
  lead(address: string): void {
    this.#leader = address
  }

  /** True when it was news. */
  learn(managers: readonly ManagerAddress[]): boolean {
    // The one that tells is asked first when it is lost.
    this.#turn = Math.max(0, this.#turn - 1)
    if (managers.length === 0 || JSON.stringify(managers) === JSON.stringify(this.managers)) return false
    this.managers = managers
    return true
  }
}
