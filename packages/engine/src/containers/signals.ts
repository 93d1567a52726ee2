import { constants } from 'node:os'
import { invalid } from '@essaim/base'

/** SIGRTMIN and SIGRTMAX of glibc. */
const realTimeMin = 34
const realTimeMax = 64

/** A signal by number or by name, with or without SIG; throws Docker's refusal. */
export function parseSignal(text: string): number {
  const wrong = invalid('signal', `Invalid signal: ${text}`)
  if (/^\d+$/.test(text)) {
    const number = Number(text)
    if (number < 1 || number > realTimeMax) throw wrong
    return number
  }
  const name = text.toUpperCase().replace(/^SIG/, '')
  const realTime = /^RT(MIN\+|MAX-)?(\d+)?$/.exec(name)
  if (name === 'RTMIN') return realTimeMin
  if (name === 'RTMAX') return realTimeMax
  if (realTime?.[1] !== undefined && realTime[2] !== undefined) {
    const offset = Number(realTime[2])
    const number = realTime[1] === 'MIN+' ? realTimeMin + offset : realTimeMax - offset
    if (number >= realTimeMin && number <= realTimeMax) return number
  }
  const numbers: Record<string, number> = constants.signals
  const found = numbers[`SIG${name}`]
  if (found === undefined) throw wrong
  return found
}
