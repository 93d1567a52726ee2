import { invalid } from '@essaim/base'
import { httpTransport } from './transport/http.js'
import type { Transport } from './transport/transport.js'
import { unixTransport } from './transport/unix.js'

/** Where essaimd listens when nothing else is said. */
export const defaultAddress = 'unix:///run/essaim/docker.sock'

/** What the environment names: ESSAIM_HOST before DOCKER_HOST before the default. */
export function addressFrom(env: Record<string, string | undefined>): string {
  return env['ESSAIM_HOST'] || env['DOCKER_HOST'] || defaultAddress
}

/** `unix:///path`, `tcp://host[:port]` or `http://host[:port]`, as in Docker's -H. */
export function transportTo(address: string): Transport {
  const shown = /^(unix|tcp|http):\/\/(.+)$/.exec(address)
  const [, scheme, rest = ''] = shown ?? []
  if (scheme === 'unix') return unixTransport(rest)
  const [, host, port] = /^(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/.exec(rest) ?? []
  if (scheme === undefined || host === undefined || Number(port ?? 2375) > 65535) {
    throw invalid('client.address', `invalid daemon address ${JSON.stringify(address)}`, {
      hint: 'write unix:///path/to/docker.sock or tcp://host:port',
    })
  }
  return httpTransport(host.replace(/^\[|\]$/g, ''), Number(port ?? 2375))
}
