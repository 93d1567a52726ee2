import { join } from 'node:path'
import { messageOf, sleep, type Logger } from '@essaim/base'
import { Backoff } from '@essaim/agent'
import { EtcdClient, EtcdServer, FollowerStore, LeaderKey, stopEtcd, type MemberForm, type Seal } from '@essaim/manager'

export interface MemberOptions {
  form: MemberForm
  seal: Seal
  /** Why nothing can be written where another one leads. */
  refusal: () => Error
  logger: Logger
}

/** This host's member of the managers' etcd: its server, the way to it, who leads, and what it knows of the cluster. */
export class EtcdMember {
  readonly client: EtcdClient
  readonly key: LeaderKey
  readonly #ended = new AbortController()
  readonly #following: Promise<void>
  #store: FollowerStore | undefined

  private constructor(
    private readonly server: EtcdServer,
    readonly options: MemberOptions,
  ) {
    this.client = new EtcdClient(server.socket)
    this.key = new LeaderKey(this.client, options.logger)
    this.#following = this.key.follow(this.#ended.signal)
  }

  static async start(options: MemberOptions): Promise<EtcdMember> {
    const { form, logger } = options
    return new EtcdMember(await EtcdServer.start({ form, logger }), options)
  }

  /** The same as often as it takes. */
  static async keepStarting(options: MemberOptions, signal: AbortSignal): Promise<EtcdMember> {
    const backoff = new Backoff({ firstMs: 500, mostMs: 10_000 })
    for (;;) {
      signal.throwIfAborted()
      try {
        return await EtcdMember.start(options)
      } catch (error) {
        options.logger.error('etcd does not start, it is tried again', { error: messageOf(error) })
        await sleep(backoff.next(), signal)
      }
    }
  }

  /** What is known here; undefined while this manager leads, or has not read it yet. */
  get store(): FollowerStore | undefined {
    return this.#store
  }

  get memberId(): Promise<string> {
    return this.client.status({ timeoutMs: 5000 }).then(({ header }) => header.member_id)
  }

  /** False when etcd knows no leader: too few managers are there. */
  async hasQuorum(): Promise<boolean> {
    try {
      return (await this.client.status({ timeoutMs: 1000 })).leader !== '0'
    } catch {
      // It is about to start, or to be started again.
      return true
    }
  }

  /** Resolves when it is no member any more, or after `ms`. One that is none ends by itself. */
  async removed(ms: number): Promise<void> {
    const id = await this.memberId
    let failures = 0
    for (const end = Date.now() + ms; Date.now() < end && failures < 3; await sleep(200)) {
      try {
        if (!(await this.client.members()).some(({ ID }) => ID === id)) return
        failures = 0
      } catch {
        failures++
      }
    }
  }

  async read(): Promise<FollowerStore> {
    const { seal, refusal, logger } = this.options
    this.#store ??= await FollowerStore.open({ etcd: this.client, seal, refusal, logger })
    return this.#store
  }

  async readNoMore(): Promise<void> {
    const store = this.#store
    this.#store = undefined
    await store?.close()
  }

  /** Started again it reads its trust anew. */
  async restart(): Promise<void> {
    await stopEtcd(this.options.form.folder)
  }

  /** etcd goes on. */
  async close(): Promise<void> {
    await this.#letGo()
    await this.server.close()
  }

  /** etcd ends. */
  async stop(): Promise<void> {
    await this.#letGo()
    await this.server.stop()
  }

  async #letGo(): Promise<void> {
    this.#ended.abort()
    await this.readNoMore()
    await this.#following
    this.client.close()
  }
}

/** PEM files of the node's own certificate, in the form that etcd takes. */
export function tlsOf(certificates: string): NonNullable<MemberForm['tls']> {
  const own = join(certificates, 'swarm-node.pem')
  return { certificate: own, key: own, roots: join(certificates, 'swarm-root-ca.pem') }
}
