import type { HealthConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { formatDuration, parseDuration } from './duration.js'
import { parseJsonForm } from './words.js'

const times = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
} as const

/** The text after `HEALTHCHECK`. Throws Docker's messages. */
export function parseHealthcheck(text: string): HealthConfig {
  const health: HealthConfig = {}
  let rest = text
  for (let flag = flagOf(rest); flag; flag = flagOf(rest)) {
    const { name, value } = flag
    if (name in times) health[times[name as keyof typeof times]] = time(name, value)
    else if (name === 'retries') health.Retries = retries(value)
    else throw invalid('build.flag', `Unknown flag: ${name}`)
    rest = rest.slice(flag.length)
  }
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  switch (kind.toUpperCase()) {
    case '':
      throw invalid('build.arguments', 'HEALTHCHECK requires at least one argument')
    case 'NONE':
      if (command !== '') throw invalid('build.arguments', 'HEALTHCHECK NONE takes no arguments')
      return { Test: ['NONE'] }
    case 'CMD': {
      const json = parseJsonForm(command)
      if (command === '') throw invalid('build.arguments', 'Missing command after HEALTHCHECK CMD')
      return { ...health, Test: json ? ['CMD', ...json] : ['CMD-SHELL', command] }
    }
    default:
      throw invalid('build.arguments', `Unknown type ${JSON.stringify(kind)} in HEALTHCHECK (try CMD)`)
  }
}

/** As the history of Docker's builder shows a check: Go's rendering of its fields. */
export function describeHealthcheck({ Test, Interval, Timeout, StartPeriod, Retries }: HealthConfig): string {
  const test = (Test ?? []).map((word) => JSON.stringify(word)).join(' ')
  const spans = [Interval, Timeout, StartPeriod].map((span) => `"${formatDuration(span ?? 0)}"`).join(' ')
  const count = `'\\x${(Retries ?? 0).toString(16).padStart(2, '0')}'`
  return `&{[${test}] ${spans} ${count}}`
}

function flagOf(text: string): { name: string; value: string; length: number } | undefined {
  const [whole, name = '', value] = /^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/.exec(text) ?? []
  if (whole === undefined) return undefined
  if (value === undefined || value === '') throw invalid('build.flag', `Missing a value on flag: ${name}`)
  return { name, value, length: whole.length }
}

function time(name: string, value: string): number {
  const nanoseconds = parseDuration(value)
  if (nanoseconds === 0 || nanoseconds >= 1e6) return nanoseconds
  throw invalid('build.flag', `Interval "${name}" cannot be less than 1ms`)
}

function retries(value: string): number {
  const count = Number(value)
  if (!/^[+-]?\d+$/.test(value)) {
    throw invalid('build.flag', `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  if (count < 0) throw invalid('build.flag', `--retries must be at least 1 (not ${count})`)
  return count
}
