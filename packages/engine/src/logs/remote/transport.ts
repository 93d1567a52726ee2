/** A way to one receiver. */
export interface Transport {
  connect(): Promise<void>
  /** One message, whole; settles when the kernel has it. */
  send(message: Buffer): Promise<void>
  close(): Promise<void>
}

const causes: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ENOENT: 'connect: no such file or directory',
  EACCES: 'connect: permission denied',
  ETIMEDOUT: 'i/o timeout',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'server misbehaving',
}

/** In the words of Go's `net`, which Docker's users know. */
export function dialError(network: string, address: string, cause: unknown): Error {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new Error(`dial ${network} ${address}: ${causes[code] ?? message}`, { cause })
}
