import type { EndpointPortConfig, Mount } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { parseDuration, parseMount, parsePorts } from '@essaim/compose'
import { resolve } from 'node:path'

/** Nanoseconds of `90s`, for a flag of that name. */
export function durationOf(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const found = parseDuration(given)
  if (found === undefined) {
    throw invalid('cli.duration', `invalid duration ${JSON.stringify(given)} for --${flag}`, {
      hint: 'write one such as 90s or 5m',
    })
  }
  return found
}

export function oneOf<const T extends string>(flag: string, given: string | undefined, ...allowed: T[]): T | undefined {
  const found = allowed.find((value) => value === given)
  if (given !== undefined && found === undefined) {
    throw invalid('cli.choice', `invalid value ${JSON.stringify(given)} for --${flag}`, {
      hint: `write ${allowed.join(', ')}`,
    })
  }
  return found
}

/** `key=value,key2=value2`; undefined for what is written the short way. */
export function fieldsOf(given: string): Record<string, string> | undefined {
  if (!/^[\w-]+=/.test(given)) return undefined
  return Object.fromEntries(
    given.split(',').map((field) => {
      const at = field.indexOf('=')
      return at < 0 ? [field, 'true'] : [field.slice(0, at), field.slice(at + 1)]
    }),
  )
}

export function portsOf(specs: string[]): EndpointPortConfig[] {
  return specs.flatMap((spec): EndpointPortConfig[] => {
    const long = fieldsOf(spec)
    if (long) {
      const target = Number(long['target'] ?? long['dst'])
      if (!Number.isInteger(target) || target < 1) throw portError(spec, 'target is missing or no port')
      const published = Number(long['published'] ?? long['src'] ?? 0)
      return [
        {
          Protocol: oneOf('publish protocol', long['protocol'], 'tcp', 'udp', 'sctp') ?? 'tcp',
          TargetPort: target,
          ...(published > 0 && { PublishedPort: published }),
          PublishMode: oneOf('publish mode', long['mode'], 'ingress', 'host') ?? 'ingress',
        },
      ]
    }
    const short = parsePorts(spec)
    if (typeof short === 'string') throw portError(spec, short)
    return short.map(({ published, target, protocol }) => ({
      Protocol: protocol as 'tcp',
      TargetPort: target,
      ...(published > 0 && { PublishedPort: published }),
      PublishMode: 'ingress',
    }))
  })
}

const portError = (spec: string, why: string): Error =>
  invalid('cli.publish', `invalid port ${JSON.stringify(spec)}: ${why}`, { hint: 'write one such as 8080:80' })

export function mountsOf(specs: string[]): Mount[] {
  return specs.map((spec) => {
    const long = fieldsOf(spec)
    const mount = long
      ? {
          type: long['type'] ?? 'volume',
          source: long['source'] ?? long['src'],
          target: long['target'] ?? long['dst'] ?? long['destination'],
          read_only: isTrue(long['readonly'] ?? long['ro']),
        }
      : parseMount(spec)
    if (typeof mount === 'string' || mount.target === undefined) {
      const why = typeof mount === 'string' ? mount : 'target is missing'
      throw invalid('cli.mount', `invalid mount ${JSON.stringify(spec)}: ${why}`, {
        hint: 'write one such as data:/var/lib/data',
      })
    }
    const type = oneOf('mount type', mount.type, 'volume', 'bind', 'tmpfs') ?? 'volume'
    const source = type === 'bind' && mount.source !== undefined ? resolve(mount.source) : mount.source
    return {
      Type: type,
      Target: mount.target,
      ...(source !== undefined && { Source: source }),
      ...(mount.read_only && { ReadOnly: true }),
    }
  })
}

const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1'

export interface FileUse {
  name: string
  File: { Name: string; UID: string; GID: string; Mode: number }
}

/** `NAME`, or `source=NAME,target=FILE,uid=0,gid=0,mode=0440`. */
export function fileUseOf(spec: string): FileUse {
  const fields: Record<string, string> = fieldsOf(spec) ?? { source: spec }
  const name = fields['source'] ?? fields['src'] ?? ''
  const mode = fields['mode'] ?? '0444'
  if (name === '' || !/^[0-7]+$/.test(mode)) {
    throw invalid('cli.file', `invalid ${JSON.stringify(spec)}`, {
      hint: 'write NAME or source=NAME,target=FILE,mode=0440',
    })
  }
  const target = fields['target'] ?? name
  return { name, File: { Name: target, UID: fields['uid'] ?? '0', GID: fields['gid'] ?? '0', Mode: parseInt(mode, 8) } }
}
