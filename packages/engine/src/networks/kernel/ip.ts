import { internal } from '@essaim/base'
import { bulk } from './bulk.js'
import { Coprocess } from './coprocess.js'

/** One line for `ip -batch`, and the refusal that means that it was done before. */
export interface IpLine {
  line: string
  /** What the kernel may say here without it being an error, such as `File exists`. */
  tolerate?: RegExp
}

/** Links, addresses and routes of the namespace that this process runs in, through one `ip -force -batch -`. */
export class Ip {
  readonly #process = new Coprocess({
    command: ['ip', '-force', '-batch', '-'],
    marker: () => 'link show dev lo',
    find(output) {
      const match = /^\d+: lo: .*\n.*\n/m.exec(output)
      return match ? { start: match.index, end: match.index + match[0].length } : undefined
    },
  })

  /** Runs all lines, in order; throws the first refusal that its line does not tolerate. */
  async batch(lines: IpLine[]): Promise<void> {
    if (lines.length === 0) return
    // With a marker after each tolerant line it is known which line a message belongs to.
    const answers = await Promise.all(lines.map(({ line }) => this.#process.run(line)))
    answers.forEach((answer, index) => {
      const said = answer.replace(/^Command failed .*\n?/gm, '').trim()
      const tolerated = lines[index]?.tolerate
      if (said === '' || (tolerated !== undefined && tolerated.test(said))) return
      throw internal('network.ip', `ip ${lines[index]?.line ?? ''}: ${said}`)
    })
  }

  /** Many lines of which none is expected to fail, but for what `tolerate` knows. */
  bulk(lines: string[], tolerate?: RegExp): Promise<void> {
    return bulk(this.#process, 'ip', lines, tolerate)
  }

  close(): Promise<void> {
    return this.#process.close()
  }
}
