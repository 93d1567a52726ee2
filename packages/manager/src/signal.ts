/** Raised by one side and awaited by the other; raised before it is awaited, it is not lost. */
export class Signal {
  #raised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#raised = true
    this.#wake?.()
  }

  async wait(): Promise<void> {
    if (!this.#raised) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    this.#raised = false
  }
}
