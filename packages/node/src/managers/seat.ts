import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedLock, messageOf, sleep, type Logger } from '@essaim/base'
import { Backoff } from '@essaim/agent'
import {
  dismissOthers,
  eraseEtcd,
  EtcdBackend,
  hasEtcdData,
  keyFile,
  Manager,
  Seal,
  writeKeyFile,
  type BackendContent,
  type Bootstrap,
  type Council,
  type MemberForm,
  type OnEvent,
  type Operations,
} from '@essaim/manager'
import { NotLeader, type Entered, type EnterRequest, type Peer } from '@essaim/protocol'
import { systemAddresses } from '../addresses/system.js'
import { noLeader } from '../messages.js'
import type { NodeState } from '../state-file.js'
import { EtcdMember, tlsOf, type MemberOptions } from './member.js'
import type { Peers } from './peers.js'
import { peerURLs } from './peer-url.js'
import { openOnEtcd, Standing, type StandingOptions } from './standing.js'

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
  #alone: Manager | undefined
  #member: EtcdMember | undefined
  #standing: Standing | undefined
  #arriving: Promise<void> = Promise.resolve()

  private constructor(private readonly options: SeatOptions) {}

  /** With etcd it does not wait for it: until it has come, others may lead, and nothing can be read. */
  static async open(options: SeatOptions, bootstrap?: Bootstrap): Promise<Seat> {
    const seat = new Seat(options)
    const { store } = options.state()
    if (store === 'lmdb') seat.#alone = await seat.#openAlone(bootstrap)
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
    return this.#standing?.leading?.manager ?? this.#alone
  }

  /** Throws who leads where this manager does not. */
  manage(): Manager {
    if (this.leading) return this.leading
    throw new NotLeader(this.leader)
  }

  /** `ip:port` of who leads, as far as it is known. */
  get leader(): string | undefined {
    const { nodeId, addresses } = this.options.state()
    const { current } = this.#member?.key ?? {}
    if (this.leading) return addresses.advertise
    return current?.nodeId === nodeId ? undefined : current?.address
  }

  /** Raised when another one leads. */
  get reign(): AbortSignal {
    return this.#member?.key.reign ?? this.#ended.signal
  }

  /** What this manager knows of the cluster; reads only, where another one leads. */
  get known(): Operations | undefined {
    return this.#standing?.known ?? this.#alone
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
    const cluster = await this.#council().enter(nodeId, address, peerURL)
    return { cluster, storeKey: keyFile(this.#keyPath, false) }
  }

  /** Makes this manager the only one, with what it knows: for when the others are lost. Resolves when it leads. */
  async forceNew(): Promise<void> {
    await this.#lock.run('grow', async () => {
      const before = this.#member
      if (!before) return
      const { nodeId } = this.options.state()
      await this.#standing?.end()
      await before.stop()
      const { form, ...rest } = before.options
      const member = await EtcdMember.start({ ...rest, form: { ...form, cluster: 'new', forceNew: true } })
      this.#member = member
      const options = this.#standingOptions
      this.#standing = await Standing.lead(member, options, (fence, lost) => openOnEtcd(member, options, fence, lost))
      await dismissOthers(this.manage().store, nodeId)
    })
  }

  async depart({ nodeId }: Peer): Promise<void> {
    await this.#council().depart(nodeId)
  }

  async yieldTo(memberId: string): Promise<void> {
    await this.#member?.client.moveLeader(memberId)
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
    await this.#standing?.end()
    await this.#alone?.close()
    this.#alone = undefined
  }

  #council(): Council {
    const { council } = this.#standing?.leading ?? {}
    if (council) return council
    throw new NotLeader(this.leader)
  }

  #openAlone(bootstrap?: Bootstrap): Promise<Manager> {
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
      this.#standing = await Standing.lead(member, this.#standingOptions, async (fence, lost) => {
        const move = async (content: BackendContent): Promise<EtcdBackend> => {
          const backend = new EtcdBackend(member.client, member.options.seal, fence, lost)
          await backend.fill(content)
          await keep('etcd')
          return backend
        }
        await manager.store.moveTo(move)
        this.#member = member
        this.#alone = undefined
        return manager
      })
    } catch (error) {
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
    this.#standFor(member)
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
        this.#standFor(member)
        return
      } catch (error) {
        logger.warn('not among the managers yet', { error: messageOf(error) })
        await sleep(backoff.next(), signal)
      }
    }
  }

  #standFor(member: EtcdMember): void {
    this.#member = member
    this.#standing = Standing.start(member, this.#standingOptions)
  }

  /** What elections are held with. */
  get #standingOptions(): StandingOptions {
    const { state, peers, onEvent, logger } = this.options
    const { nodeId, addresses } = state()
    return { nodeId, address: addresses.advertise, peers, onEvent, logger }
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
