import { isIP } from 'node:net'
import { internal, invalid, type EssaimError } from '@essaim/base'
import type { SystemAddress } from './system.js'

/** Where a node listens for other nodes when it does not say (Docker's port for managers). */
const defaultPort = 2377

const defaultDataPathPort = 4789

/** How the other nodes reach this one. */
export interface NodeAddresses {
  /** `host:port`. */
  listen: string
  /** `host:port`. */
  advertise: string
  /** For the networks' packets, without a port. */
  dataPath: string
  dataPathPort: number
}

export interface AddressRequest {
  ListenAddr?: string
  AdvertiseAddr?: string
  DataPathAddr?: string
  DataPathPort?: number
}

const badListen = 'listen address must be an IP address or network interface (with optional port number)'
const badAdvertise = 'advertise address must be a non-zero IP address or network interface (with optional port number)'
const badDataPath = 'data path address must be a non-zero IP address or network interface (without a port number)'
const noSystemAddress = "could not find the system's IP address"

/** Addresses out of a request to init or join; Docker's rules and messages. `foreign` are interfaces that are not the engine's own. */
export function resolveAddresses(
  request: AddressRequest,
  all: SystemAddress[],
  foreign: SystemAddress[],
): NodeAddresses {
  if (request.ListenAddr === undefined || request.ListenAddr === '') {
    throw refuse('invalid ListenAddr "": invalid empty address')
  }
  const listen = split(request.ListenAddr, badListen)
  const listenHost = isIP(listen.host) ? listen.host : ofInterface(listen.host, all, badListen)
  const port = listen.port ?? defaultPort
  const advertise = advertiseAddress(request.AdvertiseAddr ?? '', port, listenHost, all, foreign)
  return {
    listen: join(listenHost, port),
    advertise: join(advertise.host, advertise.port),
    dataPath: dataPathAddress(request.DataPathAddr ?? '', all) ?? advertise.host,
    dataPathPort: dataPathPort(request.DataPathPort ?? 0),
  }
}

function advertiseAddress(
  given: string,
  port: number,
  listenHost: string,
  all: SystemAddress[],
  foreign: SystemAddress[],
): { host: string; port: number } {
  if (given !== '') {
    const { host, port: own } = split(given, badAdvertise)
    if (isUnspecified(host)) throw refuse(badAdvertise)
    return { host: isIP(host) ? host : ofInterface(host, all, badAdvertise), port: own ?? port }
  }
  if (isIP(listenHost) && !isUnspecified(listenHost)) return { host: listenHost, port }
  return { host: onlyAddress(foreign), port }
}

function dataPathAddress(given: string, all: SystemAddress[]): string | undefined {
  if (given === '') return undefined
  if (isUnspecified(given)) throw refuse(badDataPath)
  return isIP(given) ? given : ofInterface(given, all, badDataPath)
}

function dataPathPort(port: number): number {
  if (port === 0) return defaultDataPathPort
  if (port >= 1024 && port <= 49151) return port
  throw internal('swarm.data-path-port', `Datapath port number is not in valid range (1024-49151) : ${port}`)
}

/** The one address that the system has; several are not chosen between. */
function onlyAddress(addresses: SystemAddress[]): string {
  const [first, second] = addresses
  if (!first) throw refuse(noSystemAddress, 'specify one with --advertise-addr')
  if (!second) return first.address
  const where =
    first.interface === second.interface
      ? `multiple addresses on interface ${first.interface} (${first.address} and ${second.address})`
      : `multiple addresses on different interfaces (${first.address} on ${first.interface} and ${second.address} on ${second.interface})`
  throw refuse(`could not choose an IP address to advertise since this system has ${where}`)
}

function ofInterface(name: string, all: SystemAddress[], bad: string): string {
  const [first, second] = all.filter((each) => each.interface === name)
  if (!first) throw refuse(bad)
  if (second) {
    throw refuse(`interface ${name} has more than one IPv4 address (${first.address} and ${second.address})`)
  }
  return first.address
}

/** `host`, `host:port`, `[v6]:port`, or a bare IPv6 address. */
function split(address: string, bad: string): { host: string; port?: number } {
  if (isIP(address)) return { host: address }
  const parts = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(address)?.groups
  if (!parts) throw refuse(bad)
  const host = parts['six'] ?? parts['host'] ?? ''
  if (parts['port'] === undefined) return { host }
  const port = Number(parts['port'])
  if (port > 65535) throw refuse(bad)
  return { host, port }
}

const join = (host: string, port: number): string => (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`)

const isUnspecified = (host: string): boolean => host === '0.0.0.0' || host === '::'

function refuse(message: string, hint?: string): EssaimError {
  return invalid('swarm.address', message, hint === undefined ? {} : { hint })
}
