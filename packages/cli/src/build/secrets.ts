import { invalid } from '@essaim/base'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'

/** `id=ID[,src=FILE|,env=NAME]` of `--secret`, with what it holds. Without either, the variable of that name or the file. */
export function secretsOf(given: string[], env: Record<string, string | undefined>): Record<string, Uint8Array> {
  return Object.fromEntries(given.map((text) => secretOf(text, env)))
}

function secretOf(text: string, env: Record<string, string | undefined>): [string, Uint8Array] {
  const options = new Map(
    text.split(',').map((field): [string, string] => {
      const at = field.indexOf('=')
      return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)]
    }),
  )
  const other = [...options.keys()].find((key) => !['id', 'type', 'src', 'source', 'env'].includes(key))
  const id = options.get('id') ?? ''
  if (other !== undefined || id === '') {
    const what = other === undefined ? 'it has no id' : `it has no ${JSON.stringify(other)}`
    throw invalid('cli.secret', `invalid secret ${JSON.stringify(text)}: ${what}`, {
      hint: 'write id=ID,src=FILE or id=ID,env=NAME',
    })
  }
  const file = options.get('src') ?? options.get('source')
  const name = options.get('env') ?? (file === undefined && env[id] !== undefined ? id : undefined)
  if (name !== undefined) {
    const value = env[name]
    if (value === undefined) throw invalid('cli.secret', `secret ${id}: the variable ${name} is not set`)
    return [id, Buffer.from(value)]
  }
  const path = (file ?? id).replace(/^~(?=\/)/, homedir())
  try {
    return [id, readFileSync(path)]
  } catch (cause) {
    throw invalid('cli.secret', `secret ${id}: there is no file ${JSON.stringify(path)} to read`, { cause })
  }
}
