/** What is to be undone, the last first; each is tried even when another fails, and the first failure is told. */
export class Cleanup implements AsyncDisposable {
  readonly #undo: (() => PromiseLike<void> | void)[] = []

  defer(undo: () => PromiseLike<void> | void): void {
    this.#undo.push(undo)
  }

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const undo of this.#undo.toReversed()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
