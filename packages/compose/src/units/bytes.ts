const powers = ['', 'k', 'm', 'g', 't', 'p']

/** Sizes of memory: `64M`, `1.5gb`, `512KiB`, in powers of 1024; undefined for what is none. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])?i?b?)$/i.exec(text.trim()) ?? []
  if (amount === undefined) return undefined
  return Math.trunc(Number(amount) * 1024 ** powers.indexOf(unit.toLowerCase()))
}
