import { templateError } from './lex.js'

type Value = unknown

const text = (value: Value): string => show(value)
const size = (value: Value): number => {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : 0
}

/** Docker's functions (`json`, `join`, ...) and those of Go's templates that are of use on a command line. */
export const functions: Record<string, (...args: Value[]) => Value> = {
  json: (value) => JSON.stringify(value ?? null),
  println: (...args) => `${args.map(text).join(' ')}\n`,
  print: (...args) => args.map(text).join(''),
  printf: (format, ...args) => printf(text(format), args),
  upper: (value) => text(value).toUpperCase(),
  lower: (value) => text(value).toLowerCase(),
  title: (value) => text(value).replace(/\b\w/g, (first) => first.toUpperCase()),
  join: (list, separator) => (Array.isArray(list) ? list.map(text).join(text(separator)) : text(list)),
  split: (value, separator) => text(value).split(text(separator)),
  truncate: (value, length) => text(value).slice(0, Number(length)),
  pad: (value, before, after) => ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after)),
  len: size,
  index: (value, ...keys) => keys.reduce((inner, key) => step(inner, key), value),
  slice: (value, from, to) => {
    const [start, end] = [Number(from ?? 0), to === undefined ? undefined : Number(to)]
    return Array.isArray(value) ? value.slice(start, end) : text(value).slice(start, end)
  },
  not: (value) => !truth(value),
  and: (...args) => args.find((value) => !truth(value)) ?? args.at(-1),
  or: (...args) => args.find((value) => truth(value)) ?? args.at(-1),
  eq: (first, ...others) => others.some((other) => first === other),
  ne: (a, b) => a !== b,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
}

/** Go's notion of true: not zero, not empty. */
export function truth(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value)
}

/** As Go prints a value: `[a b]`, `map[k:v]`. */
export function show(value: Value): string {
  if (value === undefined || value === null) return '<no value>'
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`
  if (!isObject(value)) return String(value as string | number | boolean)
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `map[${pairs.map(([key, inner]) => `${key}:${show(inner)}`).join(' ')}]`
}

export function isObject(value: Value): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function step(value: Value, key: Value): Value {
  if (Array.isArray(value)) {
    if (Number(key) < 0 || Number(key) >= value.length) throw templateError(`index out of range: ${text(key)}`)
    return value[Number(key)] as Value
  }
  return isObject(value) && Object.hasOwn(value, text(key)) ? value[text(key)] : undefined
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return text(a) < text(b) ? -1 : text(a) === text(b) ? 0 : 1
}

function printf(format: string, args: Value[]): string {
  const rest = [...args]
  return format.replace(
    /%(-?)(\d*)(?:\.(\d+))?([sdvqt%f])/g,
    (_, left: string, width: string, digits: string, verb: string) => {
      if (verb === '%') return '%'
      const value = rest.shift()
      const shown =
        verb === 'q'
          ? JSON.stringify(text(value))
          : verb === 'f'
            ? Number(value).toFixed(Number(digits || 6))
            : text(value)
      return left === '-' ? shown.padEnd(Number(width)) : shown.padStart(Number(width))
    },
  )
}
