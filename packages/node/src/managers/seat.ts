import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedLock, messageOf, randomIds, sleep, systemClock, type Logger } from '@essaim/base'
import { Backoff } from '@essaim/agent'
import {
  campaign,
  Council,
  eraseEtcd,
  EtcdBackend,
  hasEtcdData,
  keyFile,
  Manager,
  Operations,
  publishEvents,
  Seal,
  writeKeyFile,
  type Bootstrap,
  type Fence,
  type MemberForm,
  type OnEvent,
  type View,
} from '@essaim/manager'
import { NotLeader, type Entered, type EnterRequest, type Peer } from '@essaim/protocol'
import { systemAddresses } from '../addresses/system.js'
import { noLeader } from '../messages.js'
import type { NodeState } from '../state-file.js'
import { EtcdMember, tlsOf, type MemberOptions } from './member.js'
import type { Peers } from './peers.js'
import { peerURLs } from './peer-url.js'

export interface SeatOptions {
  /** Where the node's state is: the seat keeps `manager`, and `etcd` in it. */
  folder: string
  state: () => NodeState
  /** Writes down how the store is kept; durable when it resolves. */
  keep: (store: NodeState['store']) => Promise<void>
  /** Has the node's certificate made anew, so that it names the node's address and its role. */
  renewCertificate: () => Promise<void>
  peers: Peers
  onEvent: OnEvent
  logger: Logger
}

/** How long a manager that leaves waits for another one to lead. */
const successionMs = 5000
/** How long one that is to be none waits until it is taken out of etcd. */
const removalMs = 15_000

/**
 * A manager's place among the managers. Alone it keeps the store in LMDB and leads. With the first other one the store moves
 * to etcd, where the managers elect who leads; it stays there when the others have gone.
 */
export class Seat {
  readonly #ended = new AbortController()
  readonly #lock = new KeyedLock()
  #leading: { manager: Manager; council?: Council } | undefined
  #member: EtcdMember | undefined
  #reader: Operations | undefined
  #standing: Promise<void> = Promise.resolve()
  #arriving: Promise<void> = Promise.resolve()
  #following: { ended: AbortController; publishing: Promise<void> } | undefined
  #standingEnds = new AbortController()
  #resigned = new AbortController()

  private constructor(private readonly options: SeatOptions) {}

  /** With etcd it does not wait for it: until it has come, others may lead, and nothing can be read. */
  static async open(options: SeatOptions, bootstrap?: Bootstrap): Promise<Seat> {
    const seat = new Seat(options)
    const { store } = options.state()
    if (store === 'lmdb') seat.#leading = { manager: await seat.#alone(bootstrap) }
    else {
      // Without its data it is as one that comes for the first time.
      seat.#arriving = store === 'etcd' && hasEtcdData(seat.#etcdFolder) ? seat.#return() : seat.#enter()
      seat.#arriving.catch((error: unknown) => {
        if (!seat.#ended.signal.aborted) options.logger.error('not among the managers', { error: messageOf(error) })
      })
    }
    return seat
  }

  /** Here, if this manager leads. */
  get leading(): Manager | undefined {
    return this.#leading?.manager
  }

  /** Throws who leads where this manager does not. */
  manage(): Manager {
    if (this.#leading) return this.#leading.manager
    throw new NotLeader(this.leader)
  }

  /** `ip:port` of who leads, as far as it is known. */
  get leader(): string | undefined {
    const { nodeId, addresses } = this.options.state()
    const { current } = this.#member?.key ?? {}
    if (this.#leading) return addresses.advertise
    return current?.nodeId === nodeId ? undefined : current?.address
  }

  /** Raised when another one leads. */
  get reign(): AbortSignal {
    return this.#member?.key.reign ?? this.#ended.signal
  }

  /** What this manager knows of the cluster; reads only, where another one leads. */
  get known(): Operations | undefined {
    return this.#leading?.manager ?? this.#reader
  }

  /** Resolves when this manager is one of them. */
  get arrived(): Promise<void> {
    return this.#arriving
  }

  hasQuorum(): Promise<boolean> {
    return this.#member?.hasQuorum() ?? Promise.resolve(true)
  }

  /** Resolves when another one leads, or after `ms`. */
  async changed(ms: number): Promise<void> {
    const { signal } = this.#ended
    if (this.#member) await this.#member.key.changed(ms, signal)
    else await sleep(ms, signal).catch(() => {})
  }

  /** Makes the node that asks a member of etcd; the store moves there first where it is not yet. */
  async enter({ nodeId }: Peer, { address, peerURL }: EnterRequest): Promise<Entered> {
    await this.#lock.run('grow', () => this.#grow())
    const { council } = this.#leading ?? {}
    if (!council) throw new NotLeader(this.leader)
    const cluster = await council.enter(nodeId, address, peerURL)
    return { cluster, storeKey: keyFile(this.#keyPath, false) }
  }

  /** Makes this manager the only one, with what it knows: for when the others are lost. Resolves when it leads. */
  async forceNew(): Promise<void> {
    await this.#lock.run('grow', async () => {
      const before = this.#member
      if (!before) return
      const { nodeId } = this.options.state()
      this.#standingEnds.abort()
      await this.#standing
      await this.#followNoMore()
      await before.stop()
      this.#standingEnds = new AbortController()
      const { form, ...rest } = before.options
      const member = await EtcdMember.start({ ...rest, form: { ...form, cluster: 'new', forceNew: true } })
      await this.#stand(member, (fence, lost) => this.#open(member, fence, lost))
      await this.manage().store.update({ name: 'system' }, 'new cluster forced', (tx) => {
        for (const node of tx.all('node')) {
          const isLost = node.ID !== nodeId && node.Spec.Role === 'manager'
          if (isLost) tx.update('node', { ...node, Spec: { ...node.Spec, Role: 'worker' } })
        }
      })
    })
  }

  async depart({ nodeId }: Peer): Promise<void> {
    const { council } = this.#leading ?? {}
    if (!council) throw new NotLeader(this.leader)
    await council.depart(nodeId)
  }

  /** etcd trusts whom it was started with. */
  async trustChanged(): Promise<void> {
    await this.#member?.restart()
  }

  /** Steps down. etcd goes on, so that the others keep their quorum. */
  async close(): Promise<void> {
    await this.#end()
    await this.#member?.close()
  }

  /**
   * Steps down, and gives up the member of etcd. It is taken out of etcd first, so that those who stay keep their quorum: by
   * asking (`departs`), or by who leads, who knows that the node is to be no manager (`removed`).
   */
  async leave(how: 'departs' | 'removed'): Promise<void> {
    const { peers, logger } = this.options
    await this.#end()
    if (this.#member) {
      try {
        if (how === 'departs') await this.#depart(peers)
        else await this.#member.removed(removalMs)
      } catch (error) {
        logger.warn('the other managers were not told', { error: messageOf(error) })
      }
    }
    await this.#member?.stop()
    await eraseEtcd(this.#etcdFolder)
    await rm(join(this.options.folder, 'manager'), { recursive: true, force: true })
  }

  async #depart(peers: Peers): Promise<void> {
    const others = (await this.#member?.client.members())?.filter(({ name }) => name !== this.options.state().nodeId)
    if (others?.length === 0) return
    for (const end = Date.now() + successionMs; this.leader === undefined && Date.now() < end;) await sleep(50)
    if (this.leader === undefined) throw noLeader()
    await peers.at(this.leader).depart({ timeoutMs: successionMs })
    await this.#member?.removed(removalMs)
  }

  async #end(): Promise<void> {
    this.#ended.abort()
    await this.#arriving.catch(() => {})
    await this.#standing
    await this.#leading?.manager.close()
    this.#leading = undefined
    await this.#followNoMore()
  }

  #alone(bootstrap?: Bootstrap): Promise<Manager> {
    const { state, logger, onEvent } = this.options
    const { nodeId, addresses } = state()
    const dir = join(this.options.folder, 'manager')
    const common = { dir, nodeId, address: addresses.advertise, logger, onEvent }
    return Manager.open({ ...common, ...(bootstrap !== undefined && { bootstrap }) })
  }

  /** From LMDB to etcd, with writes waiting while it is copied. */
  async #grow(): Promise<void> {
    if (this.#member) return
    const manager = this.manage()
    const { logger, keep, folder, renewCertificate } = this.options
    // Certificates of before there were others do not name the node's address.
    await renewCertificate()
    await eraseEtcd(this.#etcdFolder)
    const member = await EtcdMember.start(this.#memberOptions('new', new Seal(keyFile(this.#keyPath, false))))
    try {
      await this.#stand(member, (fence, lost) =>
        manager.store
          .moveTo(async (content) => {
            const backend = new EtcdBackend(member.client, member.options.seal, fence, lost)
            await backend.fill(content)
            await keep('etcd')
            return backend
          })
          .then(() => manager),
      )
    } catch (error) {
      this.#member = undefined
      await member.stop()
      await eraseEtcd(this.#etcdFolder)
      throw error
    }
    for (const file of ['data.mdb', 'lock.mdb']) await rm(join(folder, 'manager', file), { force: true })
    logger.info('the store is in etcd')
  }

  /** Takes up the place that this manager had. */
  async #return(): Promise<void> {
    const seal = new Seal(keyFile(this.#keyPath, false))
    const member = await EtcdMember.keepStarting(this.#memberOptions('new', seal), this.#ended.signal)
    this.#stand(member).catch(() => {})
  }

  /** Asks to be a manager until it is granted. */
  async #enter(): Promise<void> {
    const { state, keep, renewCertificate, peers, logger, folder } = this.options
    const { signal } = this.#ended
    const { addresses } = state()
    const { peerURL } = peerURLs(addresses, systemAddresses())
    const backoff = new Backoff({ firstMs: 200, mostMs: 5000 })
    await mkdir(join(folder, 'manager'), { recursive: true, mode: 0o700 })
    for (;;) {
      signal.throwIfAborted()
      try {
        await eraseEtcd(this.#etcdFolder)
        const request = { address: addresses.advertise, peerURL }
        const { storeKey, cluster } = await peers.leading((leader) => leader.enter(request))
        writeKeyFile(this.#keyPath, storeKey)
        await renewCertificate()
        const member = await EtcdMember.start(this.#memberOptions(cluster, new Seal(storeKey)))
        await keep('etcd')
        this.#stand(member).catch(() => {})
        return
      } catch (error) {
        logger.warn('not among the managers yet', { error: messageOf(error) })
        await sleep(backoff.next(), signal)
      }
    }
  }

  /** Takes part in elections from now on. With `first`, resolves when this manager leads by it, and rejects when it could not. */
  #stand(member: EtcdMember, first?: (fence: Fence, lost: () => void) => Promise<Manager>): Promise<void> {
    const { state, peers, logger } = this.options
    this.#member = member
    const { signal } = this.#ended
    return new Promise((resolve, reject) => {
      const failed = new AbortController()
      const run = async (): Promise<void> => {
        if (!first) await this.#follow(member)
        const { nodeId, addresses } = state()
        const self = { nodeId, address: addresses.advertise, memberId: await member.memberId }
        await campaign(
          {
            etcd: member.client,
            key: member.key,
            self,
            mayLead: () => this.#mayLead(),
            probe: (leader, probing) => peers.sign(leader.address, probing),
            lead: async (fence, reigning) => {
              const open = first
              first = undefined
              await this.#lead(member, fence, reigning, open, resolve).catch((error: unknown) => {
                if (open) failed.abort()
                reject(error as Error)
                throw error
              })
            },
            logger,
          },
          AbortSignal.any([signal, failed.signal, this.#standingEnds.signal]),
        )
      }
      this.#standing = run().catch((error: unknown) => {
        if (!signal.aborted) logger.error('this manager takes part in no election', { error: messageOf(error) })
        reject(error as Error)
      })
    })
  }

  async #lead(
    member: EtcdMember,
    fence: Fence,
    signal: AbortSignal,
    first: ((fence: Fence, lost: () => void) => Promise<Manager>) | undefined,
    led: () => void,
  ): Promise<void> {
    const { state, peers, logger } = this.options
    const { nodeId } = state()
    const lost = new AbortController()
    this.#resigned = new AbortController()
    const since = Date.now()
    const onLost = (): void => lost.abort()
    const manager = await (first ? first(fence, onLost) : this.#open(member, fence, onLost))
    try {
      const council = await Council.open({
        store: manager.store,
        etcd: member.client,
        self: nodeId,
        answers: async (address) => (await peers.sign(address, signal)) === 'answers',
        resign: () => this.#resigned.abort(),
        logger,
      })
      this.#leading = { manager, council }
      await this.#followNoMore()
      logger.info('this manager leads', { afterMs: Date.now() - since })
      led()
      await raised(AbortSignal.any([signal, lost.signal, this.#resigned.signal]))
      logger.info('this manager leads no more')
      this.#leading = undefined
      await this.#followUnlessEnded(member)
      await council.close()
    } finally {
      this.#leading = undefined
      await manager.close()
      if (!this.#following) await this.#followUnlessEnded(member)
    }
  }

  async #followUnlessEnded(member: EtcdMember): Promise<void> {
    if (this.#ended.signal.aborted || this.#standingEnds.signal.aborted) return
    try {
      await this.#follow(member)
    } catch (error) {
      this.options.logger.warn('the cluster cannot be read here', { error: messageOf(error) })
    }
  }

  #open({ client, options: { seal } }: EtcdMember, fence: Fence, onLost: () => void): Promise<Manager> {
    const { state, logger, onEvent } = this.options
    const { nodeId, addresses } = state()
    const backend = new EtcdBackend(client, seal, fence, onLost)
    return Manager.open({ dir: '', nodeId, address: addresses.advertise, logger, onEvent, backend })
  }

  async #follow(member: EtcdMember): Promise<void> {
    const { logger, onEvent } = this.options
    const store = await member.read()
    const ended = new AbortController()
    this.#reader = new Operations(store, systemClock, randomIds)
    this.#following = { ended, publishing: publishEvents(store, onEvent, ended.signal, logger) }
  }

  async #followNoMore(): Promise<void> {
    this.#reader = undefined
    this.#following?.ended.abort()
    await this.#following?.publishing
    this.#following = undefined
    await this.#member?.readNoMore()
  }

  #mayLead(): boolean {
    const { nodeId } = this.options.state()
    const view: View | undefined = this.#reader?.store.view()
    return view === undefined || view.get('node', nodeId)?.Spec.Role === 'manager'
  }

  #memberOptions(cluster: MemberForm['cluster'], seal: Seal): MemberOptions {
    const { state, logger, folder } = this.options
    const { nodeId, addresses } = state()
    const tls = tlsOf(join(folder, 'certificates'))
    const form = { name: nodeId, folder: this.#etcdFolder, cluster, tls, ...peerURLs(addresses, systemAddresses()) }
    return { form, seal, refusal: () => new NotLeader(this.leader), logger }
  }

  get #etcdFolder(): string {
    return join(this.options.folder, 'etcd')
  }

  get #keyPath(): string {
    return join(this.options.folder, 'manager', 'store.key')
  }
}

const raised = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
