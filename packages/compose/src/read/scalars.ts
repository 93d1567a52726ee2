import { problem, shown } from '../problem.js'
import type { Node, ScalarNode } from '../source/node.js'
import { parseBytes } from '../units/bytes.js'
import { parseDuration } from '../units/duration.js'
import { splitWords } from '../units/words.js'
import { list, type Reader, refuse, type Spot } from './reader.js'

function scalar(node: Node, spot: Spot, expected: string): ScalarNode {
  if (node.kind !== 'scalar' || node.value === null) throw refuse(node, spot, expected)
  return node
}

export const text: Reader<string> = (node, spot) => {
  const { value } = scalar(node, spot, 'text')
  if (typeof value !== 'string') throw refuse(node, spot, 'text', 'put it between quotes')
  return value
}

/** Text, or a number that is written without quotes. */
export const textOrNumber: Reader<string> = (node, spot) => {
  const { value, text: asText } = scalar(node, spot, 'text or a number')
  if (typeof value === 'boolean') throw refuse(node, spot, 'text or a number', 'put it between quotes')
  return asText
}

export const bool: Reader<boolean> = (node, spot) => {
  const found = scalar(node, spot, 'true or false')
  if (typeof found.value === 'boolean') return found.value
  if (found.interpolated && /^(y|yes|true|on)$/i.test(found.text)) return true
  if (found.interpolated && /^(n|no|false|off)$/i.test(found.text)) return false
  throw refuse(node, spot, 'true or false')
}

export interface Range {
  min?: number
  max?: number
}

/** A whole number; a text only where a variable was put in. */
export function whole({ min = -Infinity, max = Infinity }: Range = {}): Reader<number> {
  const bounds = [Number.isFinite(min) ? ` from ${min}` : '', Number.isFinite(max) ? ` to ${max}` : ''].join('')
  const expected = `a whole number${bounds || ''}`
  return (node, spot) => {
    const found = scalar(node, spot, expected)
    const value = found.interpolated && /^[-+]?\d+$/.test(found.text) ? Number(found.text) : found.value
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw refuse(node, spot, expected)
    }
    return value
  }
}

export function decimal({ min = -Infinity, max = Infinity }: Range = {}): Reader<number> {
  return (node, spot) => {
    const found = scalar(node, spot, 'a number')
    const value = found.interpolated && found.text.trim() !== '' ? Number(found.text) : found.value
    if (typeof value !== 'number' || Number.isNaN(value)) throw refuse(node, spot, 'a number')
    if (value < min || value > max) throw refuse(node, spot, `a number from ${min} to ${max}`)
    return value
  }
}

export function oneOf<const T extends string[]>(...values: T): Reader<T[number]> {
  return (node, spot) => {
    const found = scalar(node, spot, `one of ${values.join(', ')}`)
    const match = values.find((value) => value === found.value)
    if (match === undefined) throw refuse(node, spot, `one of ${values.join(', ')}`)
    return match
  }
}

/** Nanoseconds. */
export const duration: Reader<number> = (node, spot) => {
  const expected = 'a duration; write a number with ns, us, ms, s, m or h, such as 1m30s'
  const found = scalar(node, spot, expected)
  const value = typeof found.value === 'string' ? parseDuration(found.value) : undefined
  if (value === undefined) throw refuse(node, spot, expected)
  return value
}

/** Bytes, of `64M` or of a bare number. */
export const bytes: Reader<number> = (node, spot) => {
  const expected = 'a size; write a number with b, k, m, g or t, such as 64M'
  const value = parseBytes(scalar(node, spot, expected).text)
  if (value === undefined) throw refuse(node, spot, expected)
  return value
}

/** Billionths of a processor, of `0.5`. */
export const cpus: Reader<number> = (node, spot) => {
  const expected = 'a number of processors, such as "0.5"'
  const found = scalar(node, spot, expected)
  if (!/^\d*\.?\d+$/.test(found.text)) throw refuse(node, spot, expected)
  const nano = Number(found.text) * 1e9
  if (Math.abs(nano - Math.round(nano)) > 1e-3) {
    throw problem(node.at, spot.path, `${shown(found.text)} is too precise: at most nine decimals`)
  }
  return Math.round(nano)
}

const words = list(text)

/** A command: a list as it stands, a text split as a shell would. */
export const command: Reader<string[]> = (node, spot) => {
  if (node.kind === 'list') return words(node, spot)
  if (node.kind === 'scalar' && node.value === null) return []
  const line = text(node, spot)
  const split = splitWords(line)
  if (split === undefined) throw problem(node.at, spot.path, `${shown(line)} has a quote that is never closed`)
  return split
}
