import { readFileSync } from 'node:fs'

/** The version of the whole, as this package's own. */
export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version
