import { AuthConfig, decode } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { Type } from '@essaim/api-types'
import type { Call } from '../../http/call.js'
import type { BuildOptions } from './backend.js'

const Strings = Type.Record(Type.String(), Type.String())
const Args = Type.Record(Type.String(), Type.Unknown())
const List = Type.Array(Type.String())
const Auths = Type.Record(Type.String(), AuthConfig)

export function buildOptions(call: Call): BuildOptions {
  const { query } = call
  const target = query.optional('target')
  const platform = query.optional('platform')
  const networkMode = query.optional('networkmode')
  return {
    dockerfile: query.optional('dockerfile') ?? 'Dockerfile',
    tags: query.all('t').filter((tag) => tag !== ''),
    args: argsOf(parse('buildargs', query.text('buildargs'), {})),
    labels: decode(Strings, parse('labels', query.text('labels'), {})),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(networkMode !== undefined && { networkMode }),
    cacheFrom: decode(List, parse('cachefrom', query.text('cachefrom'), [])),
    extraHosts: query.all('extrahosts'),
    noCache: query.flag('nocache'),
    pull: query.flag('pull'),
    quiet: query.flag('q'),
    auths: authsOf(call),
  }
}

/** An argument without a value takes it from the builder's environment, that is, none: null. */
function argsOf(value: unknown): Record<string, string | null> {
  const entries = Object.entries(decode(Args, value)).map(([name, item]): [string, string | null] => {
    if (item !== null && typeof item !== 'string') {
      throw invalid('build.options', `error reading buildargs: the value of ${name} is not a string`)
    }
    return [name, item]
  })
  return Object.fromEntries(entries)
}

function authsOf(call: Call): Record<string, AuthConfig> {
  const header = call.headers['x-registry-config']
  if (typeof header !== 'string' || header === '') return {}
  const text = Buffer.from(header, 'base64').toString('utf8')
  return decode(Auths, parse('X-Registry-Config', text, {}))
}

function parse(name: string, text: string, otherwise: unknown): unknown {
  if (text === '') return otherwise
  try {
    return JSON.parse(text) ?? otherwise
  } catch {
    // The text may hold credentials: it is not quoted.
    throw invalid('build.options', `error reading ${name}: it is not JSON`)
  }
}
