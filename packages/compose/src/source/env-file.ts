import { type Place, problem } from '../problem.js'

/**
 * A service's `env_file`, read as `docker run --env-file` reads it: `NAME=value` a line, taken as it stands (no quotes,
 * no comments after a value), `NAME` alone taken from the environment or left out, `#` at the start for a comment.
 */
export function parseEnvFile(
  file: string,
  text: string,
  lookup: (name: string) => string | undefined,
): Map<string, string> {
  const found = new Map<string, string>()
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((raw, index) => {
      const line = raw.replace(/\r$/, '').trimStart()
      if (line === '' || line.startsWith('#')) return
      const [, name = line, value] = /^([^=]*)=([^]*)$/.exec(line) ?? []
      const at: Place = { file, line: index + 1, column: 1 }
      if (name === '') throw problem(at, '', 'no variable name before =')
      if (/\s/.test(name.trimEnd()) || (value !== undefined && /\s$/.test(name))) {
        throw problem(at, '', `variable ${JSON.stringify(name)} contains whitespace`)
      }
      const taken = value ?? lookup(name.trimEnd())
      if (taken !== undefined) found.set(name.trimEnd(), taken)
    })
  return found
}
