const steps: [limit: number, size: number, unit: string][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [48 * 3600, 3600, 'hour'],
  [14 * 86400, 86400, 'day'],
  [60 * 86400, 7 * 86400, 'week'],
  [730 * 86400, 30 * 86400, 'month'],
  [Infinity, 365 * 86400, 'year'],
]

/** `About a minute`, `3 hours`: how long, in Docker's words. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000)
  if (seconds < 1) return 'Less than a second'
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return 'About a minute'
  const hours = Math.round(seconds / 3600)
  if (minutes >= 46 && hours === 1) return 'About an hour'
  const [, size, unit] = steps.find(([limit]) => seconds < limit) ?? [0, 1, 'second']
  const count = unit === 'hour' ? hours : Math.floor(seconds / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** `3 minutes ago`, of a time as the API gives it. */
export function ago(time: string | number | undefined, now = Date.now()): string {
  const at = typeof time === 'number' ? time * 1000 : Date.parse(time ?? '')
  return Number.isNaN(at) || at <= 0 ? '' : `${span(now - at)} ago`
}

/** Four digits and a decimal unit, as Docker prints sizes: `4.26MB`. */
export function size(bytes: number): string {
  return scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], 3)
}

/** In powers of 1024: `64MiB`. */
export function memory(bytes: number): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], 4)
}

function scaled(bytes: number, base: number, units: string[], digits: number): string {
  let value = bytes
  let unit = 0
  while (value >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  return `${Number(value.toPrecision(digits))}${units[unit] ?? ''}`
}

/** The first twelve digits of an id, unless the user wants all. */
export function short(id: string, whole = false): string {
  return whole ? id : id.replace(/^sha256:/, '').slice(0, 12)
}

/** At most `length` characters, the last of them `…`. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
