import { internal } from '@essaim/base'
import { Coprocess } from './coprocess.js'

/**
 * nftables of the namespace that this process runs in, through one `nft -i`: there a line is a transaction, and one
 * that fails applies nothing.
 */
export class Nft {
  readonly #process = new Coprocess({
    command: ['nft', '-i'],
    marker: (serial) => `list table ip marker${serial}`,
    find(output, serial) {
      // The marker's table does not exist: `Error: No such file or directory`, the line, and a line of carets.
      const line = `list table ip marker${serial}\n`
      const at = output.indexOf(line)
      const end = at < 0 ? -1 : output.indexOf('\n', at + line.length)
      if (end < 0) return undefined
      return { start: Math.max(output.lastIndexOf('Error: ', at), 0), end: end + 1 }
    },
  })

  /** Statements without line breaks; all are applied or none. */
  async transaction(statements: string[]): Promise<void> {
    if (statements.length === 0) return
    const said = (await this.#process.run(statements.join('; '))).trim()
    if (said !== '') throw internal('network.nft', `nft: ${said.split('\n')[0] ?? said}`, { cause: said })
  }

  /** Whether a chain is there, such as before somebody flushed the ruleset. */
  async hasChain(chain: string): Promise<boolean> {
    return !(await this.#process.run(`list chain ${chain}`)).includes('Error: ')
  }

  close(): Promise<void> {
    return this.#process.close()
  }
}
