/** Colours for a terminal that shows them; plain text for a file or a pipe. */
export interface Style {
  bold: (text: string) => string
  dim: (text: string) => string
  good: (text: string) => string
  busy: (text: string) => string
  bad: (text: string) => string
}

export function styleFor(out: NodeJS.WriteStream, env: Record<string, string | undefined>): Style {
  const plain = !out.isTTY || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb'
  const paint =
    (code: number) =>
    (text: string): string =>
      plain || text === '' ? text : `\u001b[${code}m${text}\u001b[0m`
  return { bold: paint(1), dim: paint(2), good: paint(32), busy: paint(33), bad: paint(31) }
}
