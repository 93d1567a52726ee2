import { messageOf, sleep, type Logger } from '@essaim/base'
import { Backoff } from '@essaim/agent'
import type { Certified, CertificateRequest, NodeIdentity, Trust } from '@essaim/protocol'
import { factsOf, type CertificateFacts } from './facts.js'
import { writeIdentity } from './files.js'
import { newKey, requestFor } from './key.js'

export interface KeeperOptions {
  folder: string
  /** Asks a manager for a certificate of the node. */
  renew: (request: CertificateRequest, identity: NodeIdentity, signal: AbortSignal) => Promise<Certified>
  /** Told after each change, when it is on disk. */
  onChange: (identity: NodeIdentity) => void
  logger: Logger
}

/** Certificates are renewed at a random moment of this part of their life: swarmkit's. */
const renewal = { from: 0.5, to: 0.8 }

/** Nodes that are told to renew at once do so at a random moment within this time. */
const spreadMs = 1000

/** Certificates are dated back by so much (the managers' `backdateMs`), which is no part of their life. */
const backdateMs = 3600_000

/** When a certificate is to be renewed, in milliseconds from `now`. */
export function renewIn(
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  now: number,
  random: number,
): number {
  const part = renewal.from + (renewal.to - renewal.from) * random
  const issued = notBefore + backdateMs
  return Math.max(0, issued + (notAfter - issued) * part - now)
}

/** Keeps the node's certificate valid, and its trust as the managers say. */
export class IdentityKeeper {
  readonly #closed = new AbortController()
  readonly #running: Promise<void>
  #facts: CertificateFacts
  #wake: () => void = () => {}
  #trust: Trust | undefined

  constructor(
    private current: NodeIdentity,
    private readonly options: KeeperOptions,
  ) {
    this.#facts = factsOf(current)
    this.#running = this.#run()
  }

  get identity(): NodeIdentity {
    return this.current
  }

  get facts(): CertificateFacts {
    return this.#facts
  }

  /** What a manager said last of whom to trust and who signs. */
  trust(trust: Trust): void {
    this.#trust = trust
    this.#wake()
  }

  /** A new certificate now: the node's role or address is another one. */
  async renew(): Promise<void> {
    await this.#renew(this.#closed.signal)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed
    const backoff = new Backoff({ firstMs: 500, mostMs: 60_000 })
    while (!signal.aborted) {
      try {
        await this.#step(signal)
        backoff.reset()
      } catch (error) {
        if (signal.aborted) return
        this.options.logger.warn('the certificate was not renewed, it is tried again', { error: messageOf(error) })
        await sleep(backoff.next(), signal).catch(() => {})
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const roots = this.#trust?.roots
    if (roots !== undefined && roots !== '' && roots !== this.current.roots)
      return this.#take({ ...this.current, roots })
    const isForeign = this.#trust !== undefined && this.#trust.issuer !== this.#facts.tls.CertIssuerPublicKey
    if (isForeign) await sleep(Math.random() * spreadMs, signal)
    else if (!(await this.#isDue())) return
    await this.#renew(signal)
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const key = newKey()
    const { certificate, roots } = await this.options.renew(requestFor(key), this.current, signal)
    await this.#take({ key, certificate, roots })
  }

  /** False when something was said before. */
  #isDue(): Promise<boolean> {
    const waitMs = renewIn(this.#facts, Date.now(), Math.random())
    return new Promise((resolve) => {
      // A timer holds at most 2^31-1 ms; who wakes early looks again.
      const most = 2 ** 31 - 1
      const timer = setTimeout(() => resolve(waitMs <= most), Math.min(waitMs, most))
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = () => {}
        resolve(false)
      }
    })
  }

  async #take(identity: NodeIdentity): Promise<void> {
    await writeIdentity(this.options.folder, identity)
    this.current = identity
    this.#facts = factsOf(identity)
    this.options.onChange(identity)
  }
}
