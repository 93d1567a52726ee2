import type { Writable } from 'node:stream'

export interface WireRequest {
  method: string
  /** With its query. */
  path: string
  headers: Record<string, string>
  body?: string | Uint8Array | AsyncIterable<Uint8Array>
  signal?: AbortSignal
}

export interface WireAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  body: AsyncIterable<Uint8Array>
}

/** A connection that stopped being HTTP: bytes of the process one way, its standard input the other. */
export interface WireSession {
  headers: Record<string, string | undefined>
  output: AsyncIterable<Uint8Array>
  input: Writable
  close(): void
}

/** How requests reach an engine. Everything above it is free of sockets, so that a browser can bring its own. */
export interface Transport {
  /** For messages: `unix:///run/essaim/docker.sock`. */
  readonly address: string
  send(request: WireRequest): Promise<WireAnswer>
  /** Asks to leave HTTP; resolves with the refusal as an answer where the engine does not agree. */
  upgrade(request: WireRequest): Promise<WireSession | WireAnswer>
}
