import { networkInterfaces } from 'node:os'

/** An IPv4 address of an interface of this host. */
export interface SystemAddress {
  interface: string
  address: string
}

/** This host's IPv4 addresses. */
export function systemAddresses(): SystemAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
    (entries ?? [])
      .filter((entry) => entry.family === 'IPv4')
      .map((entry) => ({ interface: name, address: entry.address })),
  )
}
