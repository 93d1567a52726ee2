import { internal } from '@essaim/base'
import type { Coprocess } from './coprocess.js'

/**
 * Many lines to `ip -batch` or `bridge -batch` as one request, in order. A line that fails does not stop the others; the
 * first refusal that `tolerate` does not know is thrown.
 */
export async function bulk(process: Coprocess, program: string, lines: string[], tolerate?: RegExp): Promise<void> {
  if (lines.length === 0) return
  const said = (await process.run(lines.join('\n'))).replace(/^Command failed .*\n?/gm, '').split('\n')
  const refusal = said.find((line) => line.trim() !== '' && !(tolerate?.test(line) ?? false))
  if (refusal !== undefined) throw internal('network.ip', `${program}: ${refusal.trim()}`)
}
