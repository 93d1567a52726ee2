import type { HostRules } from './host.js'

export const noRules = {
  elements: new Map<string, Map<string, string | undefined>>(),
  chains: new Map<string, string>(),
}

/** The statements that turn `before` into `after`, in the order in which nftables takes them in one transaction. */
export function difference(before: Omit<HostRules, 'table'>, after: HostRules): string[] {
  const table = after.table.name
  const removed: string[] = []
  const added: string[] = []
  for (const set of new Set([...before.elements.keys(), ...after.elements.keys()])) {
    const old = before.elements.get(set) ?? new Map<string, string | undefined>()
    const now = after.elements.get(set) ?? new Map<string, string | undefined>()
    // A changed value of a map is a removal and an addition: the key alone would be refused as existing.
    const gone = [...old].filter(([key, value]) => !now.has(key) || now.get(key) !== value)
    const fresh = [...now].filter(([key, value]) => !old.has(key) || old.get(key) !== value)
    if (gone.length > 0) removed.push(`delete element ${table} ${set} { ${gone.map(element).join(', ')} }`)
    if (fresh.length > 0) added.push(`add element ${table} ${set} { ${fresh.map(element).join(', ')} }`)
  }
  const dropped = [...before.chains.keys()].filter((name) => !after.chains.has(name))
  const made: string[] = []
  for (const [name, rule] of after.chains) {
    const old = before.chains.get(name)
    if (old === rule) continue
    made.push(old === undefined ? `add chain ${table} ${name}` : `flush chain ${table} ${name}`)
    made.push(`add rule ${table} ${name} ${rule}`)
  }
  return [
    ...made,
    ...removed,
    ...dropped.flatMap((name) => [`flush chain ${table} ${name}`, `delete chain ${table} ${name}`]),
    ...added,
  ]
}

/** The whole table, whatever was there. */
export function replacement(rules: HostRules): string[] {
  return [...rules.table.skeleton, ...difference(noRules, rules)]
}

function element([key, value]: [string, string | undefined]): string {
  return value === undefined ? key : `${key} : ${value}`
}
