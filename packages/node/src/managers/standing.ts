import { messageOf, randomIds, sleep, systemClock, type Logger } from '@essaim/base'
import {
  campaign,
  Council,
  EtcdBackend,
  Manager,
  Operations,
  publishEvents,
  type Fence,
  type OnEvent,
} from '@essaim/manager'
import type { EtcdMember } from './member.js'
import { managerAt } from './peer-url.js'
import type { Peers } from './peers.js'

export interface StandingOptions {
  nodeId: string
  /** `ip:port` where other nodes reach this manager. */
  address: string
  peers: Peers
  onEvent: OnEvent
  logger: Logger
}

/** Opens the manager that leads by `fence`; `onLost` is to be called once it cannot write any more. */
export type OpenManager = (fence: Fence, onLost: () => void) => Promise<Manager>

const retryMs = 500

/** One of several managers, as long as it takes part in elections: it leads, or it follows who does. */
export class Standing {
  readonly #ended = new AbortController()
  readonly #done: Promise<void>
  #leading: { manager: Manager; council: Council } | undefined
  #following: { operations: Operations; ended: AbortController; publishing: Promise<void> } | undefined
  #settle: { led: () => void; failed: (error: unknown) => void } = { led: () => {}, failed: () => {} }

  private constructor(
    readonly member: EtcdMember,
    private readonly options: StandingOptions,
    private first?: OpenManager,
  ) {
    this.#done = this.#stand()
  }

  /** Stands from now on; may lead at any time. */
  static start(member: EtcdMember, options: StandingOptions): Standing {
    return new Standing(member, options)
  }

  /** Resolves when this manager leads, opened by `first` this once; rejects, and stands no more, when that could not be. */
  static async lead(member: EtcdMember, options: StandingOptions, first: OpenManager): Promise<Standing> {
    const standing = new Standing(member, options, first)
    const led = new Promise<void>((resolve, reject) => (standing.#settle = { led: resolve, failed: reject }))
    try {
      await led
      return standing
    } catch (error) {
      await standing.end()
      throw error
    }
  }

  get leading(): { manager: Manager; council: Council } | undefined {
    return this.#leading
  }

  /** What this manager knows; reads only, where another one leads. */
  get known(): Operations | undefined {
    return this.#leading?.manager ?? this.#following?.operations
  }

  /** Steps down and stands no more. */
  async end(): Promise<void> {
    this.#ended.abort()
    await this.#done
    await this.#followNoMore()
  }

  async #stand(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      try {
        if (!this.first) await this.#follow()
        await this.#campaign()
      } catch (error) {
        if (signal.aborted) return
        this.options.logger.warn('this manager takes part in elections again', { error: messageOf(error) })
        await sleep(retryMs, signal).catch(() => {})
      }
    }
  }

  async #campaign(): Promise<void> {
    const { nodeId, address, peers, logger } = this.options
    const { client: etcd, key } = this.member
    const self = { nodeId, address, memberId: await this.member.memberId }
    const probe: Parameters<typeof campaign>[0]['probe'] = (leader, signal) => peers.sign(leader.address, signal)
    const lead = (fence: Fence, signal: AbortSignal): Promise<void> => this.#lead(fence, signal)
    await campaign({ etcd, key, self, mayLead: () => this.#mayLead(), probe, lead, logger }, this.#ended.signal)
  }

  async #lead(fence: Fence, signal: AbortSignal): Promise<void> {
    const since = Date.now()
    const over = new AbortController()
    const end = (): void => over.abort()
    const manager = await this.#open(fence, end)
    try {
      const council = await this.#council(manager, signal, end)
      this.#leading = { manager, council }
      await this.#followNoMore()
      this.options.logger.info('this manager leads', { afterMs: Date.now() - since })
      this.#settle.led()
      await raised(AbortSignal.any([signal, over.signal]))
      this.options.logger.info('this manager leads no more')
      this.#leading = undefined
      await this.#followAgain()
      await council.close()
    } finally {
      this.#leading = undefined
      await manager.close()
      await this.#followAgain()
    }
  }

  async #open(fence: Fence, onLost: () => void): Promise<Manager> {
    const { first } = this
    this.first = undefined
    if (!first) return openOnEtcd(this.member, this.options, fence, onLost)
    try {
      return await first(fence, onLost)
    } catch (error) {
      this.#ended.abort()
      this.#settle.failed(error)
      throw error
    }
  }

  #council(manager: Manager, signal: AbortSignal, resign: () => void): Promise<Council> {
    const { nodeId: self, peers, logger } = this.options
    const answers = async (address: string): Promise<boolean> => (await peers.sign(address, signal)) === 'answers'
    const yieldTo = (peerURL: string, memberId: string): Promise<void> =>
      peers.at(managerAt(peerURL)).yieldTo(memberId, { timeoutMs: 2000 })
    return Council.open({ store: manager.store, etcd: this.member.client, self, answers, yieldTo, resign, logger })
  }

  async #follow(): Promise<void> {
    if (this.#following) return
    const { logger, onEvent } = this.options
    const store = await this.member.read()
    const ended = new AbortController()
    const operations = new Operations(store, systemClock, randomIds)
    this.#following = { operations, ended, publishing: publishEvents(store, onEvent, ended.signal, logger) }
  }

  async #followAgain(): Promise<void> {
    if (this.#ended.signal.aborted) return
    try {
      await this.#follow()
    } catch (error) {
      this.options.logger.warn('the cluster cannot be read here', { error: messageOf(error) })
    }
  }

  async #followNoMore(): Promise<void> {
    const following = this.#following
    this.#following = undefined
    following?.ended.abort()
    await following?.publishing
    await this.member.readNoMore()
  }

  /** One that is to be a manager no more does not stand. */
  #mayLead(): boolean {
    const view = this.#following?.operations.store.view()
    return view === undefined || view.get('node', this.options.nodeId)?.Spec.Role === 'manager'
  }
}

export function openOnEtcd(
  { client, options: { seal } }: EtcdMember,
  { nodeId, address, logger, onEvent }: StandingOptions,
  fence: Fence,
  onLost: () => void,
): Promise<Manager> {
  const backend = new EtcdBackend(client, seal, fence, onLost)
  return Manager.open({ dir: '', nodeId, address, logger, onEvent, backend })
}

const raised = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
