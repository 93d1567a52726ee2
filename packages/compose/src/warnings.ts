import type { MapNode, Node } from './source/node.js'
import { deprecated, unsupported, withoutEffect } from './shape/ignored.js'

/** What the services of these files hold that a stack has no use for, in the stock CLI's words where it has such. */
export function ignoredKeys(files: MapNode[]): string[] {
  const used = new Set(files.flatMap(servicesOf).flatMap((service) => [...service.entries.keys()]))
  const warnings: string[] = []
  const ignored = unsupported.filter((key) => used.has(key))
  if (ignored.length > 0) warnings.push(`Ignoring unsupported options: ${ignored.join(', ')}\n`)
  const old = Object.entries(deprecated).filter(([key]) => used.has(key))
  if (old.length > 0) {
    warnings.push(`Ignoring deprecated options:\n\n${old.map(([key, why]) => `${key}: ${why}`).join('\n\n')}\n`)
  }
  const idle = withoutEffect.filter((key) => used.has(key))
  if (idle.length > 0) warnings.push(`Without effect in a stack: ${idle.join(', ')}\n`)
  return warnings
}

function servicesOf(file: MapNode): MapNode[] {
  const isMap = (node: Node | undefined): node is MapNode => node?.kind === 'map'
  const services = file.entries.get('services')?.value
  return isMap(services) ? [...services.entries.values()].map((entry) => entry.value).filter(isMap) : []
}
