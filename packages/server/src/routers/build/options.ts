import { AuthConfig, decode, Type } from '@essaim/api-types'
import { invalid, notImplemented } from '@essaim/base'
import type { Call } from '../../http/call.js'
import type { BuildOptions } from './backend.js'
import { noBuildKit } from './buildkit.js'
import { hostOf } from './host.js'
import { jsonOf } from './json.js'
import { secretsOf } from './secrets.js'

const Strings = Type.Record(Type.String(), Type.String())
const Args = Type.Record(Type.String(), Type.Unknown())
const List = Type.Array(Type.String())
const Auths = Type.Record(Type.String(), AuthConfig)

/** The options of a build by its query and headers; refuses by name what would have no effect. */
export function buildOptions(call: Call, hasBuildKit: boolean): BuildOptions {
  const { query } = call
  refuseOthers(call, hasBuildKit)
  const remote = query.optional('remote')
  const target = query.optional('target')
  const platform = query.optional('platform')
  const id = query.optional('buildid')
  return {
    dockerfile: query.optional('dockerfile') ?? 'Dockerfile',
    ...(remote !== undefined && { remote }),
    tags: query.all('t').filter((tag) => tag !== ''),
    args: argsOf(jsonOf('buildargs', query.text('buildargs'), {})),
    labels: decode(Strings, jsonOf('labels', query.text('labels'), {})),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    cacheFrom: decode(List, jsonOf('cachefrom', query.text('cachefrom'), [])),
    noCache: query.flag('nocache'),
    pull: query.flag('pull'),
    quiet: query.flag('q'),
    ...(id !== undefined && { id }),
    host: hostOf(query),
    secrets: secretsOf(call.headers),
    auths: authsOf(call),
  }
}

/** The CLI of Docker 20.10 asks the daemon to build; buildx asks buildkitd. */
const otherClient =
  'a build by BuildKit is asked of buildkitd itself: build with docker buildx, or with DOCKER_BUILDKIT=0'

function refuseOthers({ query }: Call, hasBuildKit: boolean): void {
  if (query.flag('squash')) throw invalid('build.squash', 'squash is only supported with experimental mode')
  const isolation = query.text('isolation')
  if (isolation !== '' && isolation !== 'default') {
    throw invalid('build.isolation', `unsupported isolation: ${JSON.stringify(isolation)} (allowed: default)`)
  }
  if (query.all('securityopt').some((option) => !['', '[]', 'null'].includes(option))) {
    const what = 'The daemon on this platform does not support setting security options on build'
    throw invalid('build.securityopt', what)
  }
  if (query.text('version') === '2') {
    throw notImplemented('build.version', hasBuildKit ? otherClient : noBuildKit)
  }
  const outputs = query.text('outputs')
  if (!['', '[]', 'null'].includes(outputs)) {
    throw invalid('build.outputs', 'outputs are for BuildKit alone: the classic builder makes an image', {
      hint: 'docker save writes it to a file, docker cp copies files out of a container of it',
    })
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
  return decode(Auths, jsonOf('X-Registry-Config', text, {}))
}
