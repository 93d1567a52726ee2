import { hostAndPort } from '@essaim/protocol'
import type { NodeAddresses } from '../addresses/resolve.js'

/** Where members of etcd find each other: on the managers' address, at the port after the managers' own. */
export function peerURLs(
  { advertise, listen }: Pick<NodeAddresses, 'advertise' | 'listen'>,
  own: readonly { address: string }[],
): { peerURL: string; listenPeerURL: string } {
  const { host, port } = hostAndPort(advertise)
  const url = (at: string): string => `https://${at.includes(':') ? `[${at}]` : at}:${port + 1}`
  // An address that is translated on its way is none of this host's: then where managers listen.
  const isOwn = own.some(({ address }) => address === host)
  return { peerURL: url(host), listenPeerURL: url(isOwn ? host : hostAndPort(listen).host) }
}

/** `ip:port` of the manager whose member of etcd is at this URL. */
export function managerAt(peerURL: string): string {
  const { hostname, port } = new URL(peerURL)
  return `${hostname}:${Number(port) - 1}`
}
