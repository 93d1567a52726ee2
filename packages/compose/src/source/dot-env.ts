import { type Place, problem } from '../problem.js'

/**
 * The `.env` beside a Compose file: `NAME=value` a line, optionally after `export`; 'single' quotes as they stand,
 * "double" quotes with backslash escapes, and ` #` starts a comment after an unquoted value.
 */
export function parseDotEnv(file: string, text: string): Map<string, string> {
  const found = new Map<string, string>()
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (/^\s*(#|$)/.test(line)) return
      const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:=\s*(.*))?$/.exec(line) ?? []
      const at: Place = { file, line: index + 1, column: 1 }
      if (name === undefined) throw problem(at, '', `${JSON.stringify(line.trim())} is not NAME=value`)
      found.set(name, unquote(value, at, name))
    })
  return found
}

function unquote(value: string, at: Place, name: string): string {
  const quote = value[0]
  if (quote !== '"' && quote !== "'") return value.replace(/\s+#.*$/, '').trimEnd()
  const pattern = quote === '"' ? /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/ : /^'([^']*)'\s*(?:#.*)?$/
  const inner = pattern.exec(value)?.[1]
  if (inner === undefined) throw problem(at, name, `the ${quote} is not closed on this line`)
  if (quote === "'") return inner
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }
  return inner.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char)
}
