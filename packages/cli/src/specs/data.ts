import { invalid } from '@essaim/base'
import { readFileSync } from 'node:fs'
import type { Context } from '../core/context.js'

/** The bytes of a file, or of standard input for `-`. */
export async function readData(context: Context, file: string): Promise<Buffer> {
  if (file === '-') {
    const parts: Buffer[] = []
    for await (const part of context.input) parts.push(Buffer.from(part as Uint8Array))
    return Buffer.concat(parts)
  }
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    throw invalid('cli.file', `there is no file ${JSON.stringify(file)}`, {
      hint: 'name a file, or - for standard input',
      cause: error,
    })
  }
}
