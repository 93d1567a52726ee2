import { readFileSync, statSync } from 'node:fs'
import { invalid } from '@essaim/base'
import type { ConnectionOptions } from 'node:tls'

/** `host[:port]` of a URL; undefined where there is neither. */
export function hostPort(text: string): { host: string; port?: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text)
  if (!match) throw invalid('container.log-opt', `address ${text}: too many colons in address`)
  const [, host = '', port] = match
  return { host, ...(port !== undefined && { port: Number(port) }) }
}

/** Throws Docker's words when the socket is not there. */
export function checkSocket(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw invalid('container.log-opt', `stat ${path}: no such file or directory`)
  }
}

/** The files and switches of a connection under TLS. */
export function tlsOptions(options: Record<string, string>, prefix: string): ConnectionOptions {
  const file = (name: string): Buffer | undefined => {
    const path = options[`${prefix}-${name}`]
    if (!path) return undefined
    try {
      return readFileSync(path)
    } catch (cause) {
      const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : String(cause)
      throw invalid('container.log-opt', `open ${path}: ${why}`, { cause })
    }
  }
  const [ca, cert, key] = [file('ca-cert'), file('cert'), file('key')]
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: options[`${prefix}-skip-verify`] === undefined,
  }
}
