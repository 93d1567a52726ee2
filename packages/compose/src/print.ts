import { stringify } from 'yaml'
import type { ComposeModel } from './shape/compose-file.js'
import { formatDuration } from './units/duration.js'

const durations = new Set([
  'delay',
  'interval',
  'monitor',
  'start_interval',
  'start_period',
  'stop_grace_period',
  'timeout',
  'window',
])

/** The model as a Compose file that means the same. */
export function printCompose(model: ComposeModel): string {
  const { version, services = {}, ...rest } = bare(model, '') as Record<string, object>
  const sections = Object.entries(rest).filter(([, section]) => Object.keys(section).length > 0)
  const file = { ...(version && { version }), services, ...Object.fromEntries(sections) }
  return stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** Without places, and with the units that the file's format has. */
function bare(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item, key))
  if (typeof value === 'number' && durations.has(key)) return formatDuration(value)
  if (typeof value === 'number' && key === 'memory') return String(value)
  if (typeof value === 'number' && key === 'cpus') return String(value / 1e9)
  if (typeof value !== 'object' || value === null) return value
  if ('value' in value && 'at' in value && 'path' in value) return bare(value.value, key)
  if (key === 'external' && 'external' in value) return 'name' in value ? { name: value.name } : value.external
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bare(inner, name)]))
}
