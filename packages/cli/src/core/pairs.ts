import { invalid } from '@essaim/base'

/** `--label a=b --label c` as `{a: 'b', c: ''}`. */
export function pairsOf(given: string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=')
      if (at === 0) throw invalid('cli.pair', `invalid pair ${JSON.stringify(pair)}`, { hint: 'write NAME=VALUE' })
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
