export interface ShortMount {
  type: 'volume' | 'bind'
  source?: string
  target: string
  read_only?: boolean
  volume?: { nocopy: boolean }
  bind?: { propagation: string }
}

const propagations = /^(rprivate|private|rshared|shared|rslave|slave)$/

/**
 * `[source:]target[:options]`; a source that begins with `.`, `/` or `~` is a path of the host. Options that are not
 * known are passed over, as the stock CLI does. Answers a sentence for what is none.
 */
export function parseMount(spec: string): ShortMount | string {
  if (spec === '') return 'it is empty'
  const parts = spec.split(':')
  const [first = '', second, options = '', ...more] = parts
  if (parts.some((part) => part === '')) return 'there is nothing between its colons'
  if (more.length > 0) return 'it has too many colons'
  if (second === undefined) return { type: 'volume', target: first }
  const mount: ShortMount = { type: /^[./~]/.test(first) ? 'bind' : 'volume', source: first, target: second }
  for (const option of options.split(',')) {
    if (option === 'ro' || option === 'rw') mount.read_only = option === 'ro'
    else if (option === 'nocopy') mount.volume = { nocopy: true }
    else if (propagations.test(option)) mount.bind = { propagation: option }
  }
  return mount
}
