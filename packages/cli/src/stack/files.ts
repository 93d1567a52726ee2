import type { ComposeInput } from '@essaim/compose'
import { invalid } from '@essaim/base'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Context } from '../core/context.js'

/** Reads what -c names (`-` is standard input); relative paths in the files start from the folder of the first. */
export function composeInput(context: Context, names: string[], profiles: string[]): ComposeInput {
  const [first] = names
  if (first === undefined) {
    throw invalid('cli.compose-file', 'no Compose file is given', {
      hint: 'name one with -c FILE (- is standard input)',
    })
  }
  return {
    files: names.map((name) => ({ name: name === '-' ? 'standard input' : name, text: readText(name) })),
    env: context.env,
    directory: first === '-' ? process.cwd() : dirname(resolve(first)),
    read,
    ...(profiles.length > 0 && { profiles }),
  }
}

function readText(name: string): string {
  const data = name === '-' ? readFileSync(0) : read(resolve(name))
  if (data === undefined) {
    throw invalid('cli.compose-file', `there is no file ${JSON.stringify(name)}`, {
      hint: 'name the Compose file with -c FILE',
    })
  }
  return Buffer.from(data).toString()
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'EISDIR') throw invalid('cli.file', `${path} is a folder, not a file`, { cause: error })
    throw error
  }
}
