import { isDeepStrictEqual } from 'node:util'
import { messageOf, unavailable, type Logger } from '@essaim/base'
import type { Node } from '@essaim/api-types'
import { EtcdError, type EtcdClient, type Member } from '../etcd/index.js'
import { Signal } from '../signal.js'
import type { Store, View } from '../store/index.js'
import { membersPlan } from './members-plan.js'

export interface CouncilOptions {
  store: Store
  etcd: EtcdClient
  /** The node that leads. */
  self: string
  /** Whether the manager at this address gives a sign of life. */
  answers: (address: string) => Promise<boolean>
  /** Has the manager of the member at `peerURL` give the lead of etcd to another member. */
  yieldTo: (peerURL: string, memberId: string) => Promise<void>
  /** Called when who leads is to be a manager no more, and another one is there. */
  resign: () => void
  logger: Logger
}

const system = { name: 'system' }
const everyMs = 1000
/** So many looks without a sign, and a manager counts as unreachable. */
const silences = 2
/** A member that was added and has not started for so many looks makes place for another. */
const patience = 30

/** The managers as who leads keeps them: etcd's members are those nodes that are meant to be, and each node's status is true. */
export class Council {
  readonly #closed = new AbortController()
  readonly #news = new Signal()
  readonly #silent = new Map<string, number>()
  readonly #unstarted = new Map<string, number>()
  readonly #done: Promise<void>
  #trouble = ''

  private constructor(private readonly options: CouncilOptions) {
    this.#done = Promise.all([this.#keep(), this.#listen()]).then(() => {})
  }

  /** Writes down first who leads. */
  static async open(options: CouncilOptions): Promise<Council> {
    const { store, self } = options
    await store.update(system, 'leader elected', (tx) => {
      for (const node of managersOf(tx)) {
        if (node.ManagerStatus)
          tx.update('node', { ...node, ManagerStatus: { ...node.ManagerStatus, ...standing(node.ID === self) } })
      }
    })
    return new Council(options)
  }

  /** Makes the node a member that learns; answers all members as `name=url`. Idempotent. */
  async enter(nodeId: string, address: string, peerURL: string): Promise<string[]> {
    const { store, etcd } = this.options
    await store.update(system, 'manager enters', (tx) => {
      const node = tx.get('node', nodeId)
      if (node?.Spec.Role !== 'manager') throw notManager(nodeId)
      tx.update('node', { ...node, ManagerStatus: { Leader: false, Reachability: 'unknown', Addr: address } })
    })
    let members = await etcd.members()
    // It comes without what it had as a member: that one is lost.
    const lost = members.find(({ name }) => name === nodeId)
    if (lost) await etcd.removeMember(lost.ID)
    if (lost || !members.some(({ peerURLs }) => peerURLs.includes(peerURL))) {
      members = (await etcd.addLearner(peerURL).catch(asBusy)).members
    }
    this.#news.raise()
    return members.flatMap(({ ID, name, peerURLs: [url = ''] }) => {
      const known = name === '' ? `starting-${ID}` : name
      return [`${url === peerURL ? nodeId : known}=${url}`]
    })
  }

  /** The node is to be a manager no more; it is taken out of etcd as soon as that can do without it. */
  async depart(nodeId: string): Promise<void> {
    await this.options.store.update(system, 'manager departs', (tx) => {
      const node = tx.get('node', nodeId)
      if (node) tx.update('node', { ...node, Spec: { ...node.Spec, Role: 'worker' } })
    })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#news.raise()
    await this.#done
  }

  async #listen(): Promise<void> {
    const { signal } = this.#closed
    for await (const { changes } of this.options.store.watch(signal).changes) {
      if (changes.some(({ table }) => table === 'node')) this.#news.raise()
    }
  }

  async #keep(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#attempt(() => this.#members())
      await this.#attempt(() => this.#statuses())
      const timer = setTimeout(() => this.#news.raise(), everyMs)
      if (!this.#closed.signal.aborted) await this.#news.wait()
      clearTimeout(timer)
    }
  }

  /** What fails is tried again with the next look; it is told once. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const trouble = messageOf(error)
      if (trouble !== this.#trouble && !this.#closed.signal.aborted) {
        this.options.logger.warn('the managers are looked at again', { error: trouble })
      }
      this.#trouble = trouble
    }
  }

  async #members(): Promise<void> {
    const { store, etcd, self, resign, logger } = this.options
    const managers = new Set(managersOf(store.view()).map(({ ID }) => ID))
    const members = await etcd.members()
    const { promote, remove, resign: resigns } = membersPlan(members, managers, self)
    if (!resigns) await this.#attempt(() => this.#leadEtcd(members))
    for (const { ID, name } of remove) {
      await etcd.removeMember(ID)
      logger.info('removed from the managers', { node: name })
    }
    for (const { ID, name } of promote) {
      try {
        await etcd.promoteMember(ID)
        logger.info('a manager votes', { node: name })
      } catch (error) {
        // It has not caught up yet.
        if (!(error instanceof EtcdError) || error.code !== 'FAILED_PRECONDITION') throw error
      }
    }
    if (resigns) resign()
    await this.#impatient(members)
  }

  /** Writes are quickest where etcd is led, and taking out the member that leads etcd would stop it until another one does. */
  async #leadEtcd(members: readonly Member[]): Promise<void> {
    const { etcd, yieldTo } = this.options
    const { leader, header } = await etcd.status()
    if (leader === '0' || leader === header.member_id) return
    const [peerURL] = members.find(({ ID }) => ID === leader)?.peerURLs ?? []
    if (peerURL !== undefined) await yieldTo(peerURL, header.member_id)
  }

  async #impatient(members: readonly Member[]): Promise<void> {
    const waiting = members.filter(({ name }) => name === '')
    for (const id of this.#unstarted.keys()) if (!waiting.some(({ ID }) => ID === id)) this.#unstarted.delete(id)
    for (const { ID } of waiting) {
      const looks = (this.#unstarted.get(ID) ?? 0) + 1
      this.#unstarted.set(ID, looks)
      if (looks > patience) await this.options.etcd.removeMember(ID)
    }
  }

  async #statuses(): Promise<void> {
    const { store, self, answers } = this.options
    const managers = managersOf(store.view()).filter(({ ManagerStatus }) => (ManagerStatus?.Addr ?? '') !== '')
    await Promise.all(
      managers.map(async ({ ID, ManagerStatus }) => {
        const lives = ID === self || (await answers(ManagerStatus?.Addr ?? ''))
        this.#silent.set(ID, lives ? 0 : (this.#silent.get(ID) ?? 0) + 1)
      }),
    )
    if (this.#closed.signal.aborted || !this.#changes(store.view()).length) return
    await store.update(system, 'managers seen', (tx) => {
      for (const node of this.#changes(tx)) tx.update('node', node)
    })
  }

  #changes(view: View): Node[] {
    return [...view.all('node')].flatMap((node) => {
      const { ManagerStatus: _, ...rest } = node
      const next = node.Spec.Role === 'manager' ? { ...node, ...this.#status(node) } : rest
      return isDeepStrictEqual(next, node) ? [] : [next]
    })
  }

  #status({ ID, ManagerStatus: status }: Node): Pick<Node, 'ManagerStatus'> {
    if (!status) return {}
    const silent = this.#silent.get(ID)
    if (ID === this.options.self) return { ManagerStatus: { ...status, ...standing(true) } }
    if (silent === undefined || (silent > 0 && silent < silences)) return { ManagerStatus: status }
    return { ManagerStatus: { ...status, Leader: false, Reachability: silent === 0 ? 'reachable' : 'unreachable' } }
  }
}

/** Of a swarm that is made anew by one of its managers: the others are none any more. */
export async function dismissOthers(store: Store, self: string): Promise<void> {
  await store.update(system, 'new cluster forced', (tx) => {
    for (const node of managersOf(tx)) {
      if (node.ID !== self) tx.update('node', { ...node, Spec: { ...node.Spec, Role: 'worker' } })
    }
  })
}

const standing = (leads: boolean): { Leader: boolean; Reachability?: 'reachable' } =>
  leads ? { Leader: true, Reachability: 'reachable' } : { Leader: false }

const managersOf = (view: View): Node[] => [...view.all('node')].filter(({ Spec }) => Spec.Role === 'manager')

const notManager = (nodeId: string): Error => unavailable('managers.role', `node ${nodeId} is not to be a manager`)

/** etcd takes one learner at a time. */
function asBusy(error: unknown): never {
  if (error instanceof EtcdError && /learner|unhealthy|re-configuration/.test(error.message)) {
    throw unavailable('managers.busy', `the managers cannot take another one now: ${error.message}`, { cause: error })
  }
  throw error
}
