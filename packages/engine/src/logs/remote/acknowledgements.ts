/** Waits for the forward protocol's answers: `{"ack": CHUNK}` in MessagePack, one for each message. */
export class Acknowledgements {
  #expected: { chunk: string; resolve: () => void; reject: (error: Error) => void } | undefined
  #received = Buffer.alloc(0)

  /** Settles when `chunk` is acknowledged; rejects when the connection is lost first. */
  expect(chunk: string): Promise<void> {
    this.#received = Buffer.alloc(0)
    return new Promise((resolve, reject) => {
      this.#expected = { chunk, resolve, reject }
    })
  }

  take(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    const expected = this.#expected
    // A chunk's name is 24 characters that nothing else has: to find it is to have read the answer.
    if (!expected || !this.#received.includes(expected.chunk)) return
    this.#expected = undefined
    expected.resolve()
  }

  lost(): void {
    this.#expected?.reject(new Error('fluentd closed the connection before it acknowledged'))
    this.#expected = undefined
  }
}
