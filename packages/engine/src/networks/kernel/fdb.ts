import { bulk } from './bulk.js'
import { Coprocess } from './coprocess.js'

/** Forwarding tables of bridges and VXLAN devices, through one `bridge -force -batch -`. */
export class Fdb {
  readonly #process = new Coprocess({
    command: ['bridge', '-force', '-batch', '-'],
    // It remembers a device's number by its name: of one that was removed and made anew that is another.
    lifetime: 1,
    // There is no such device, and the program says so.
    marker: (serial) => `fdb show dev m${serial}`,
    find(output, serial) {
      const match = new RegExp(`^Cannot find device "m${serial}"\\n(Command failed -:\\d+\\n)`, 'm').exec(output)
      return match ? { start: match.index, end: match.index + match[0].length } : undefined
    },
  })

  bulk(lines: string[], tolerate?: RegExp): Promise<void> {
    return bulk(this.#process, 'bridge', lines, tolerate)
  }

  close(): Promise<void> {
    return this.#process.close()
  }
}
