import { EssaimError } from '@essaim/base'
import type { LogsOptions, LogStream, ManagerStatus } from '@essaim/api-types'
import type { Operations } from '@essaim/manager'
import { NotLeader, type Operation } from '@essaim/protocol'
import { leaderLost, noLeader } from '../messages.js'
import type { Peers } from './peers.js'
import type { Seat } from './seat.js'

/** What clients may ask for of the cluster, by noun. */
export const nouns = ['services', 'tasks', 'nodes', 'secrets', 'configs', 'networks', 'cluster'] as const
export type Noun = (typeof nouns)[number]

/** How long an operation waits for a new leader where there may be one. */
const patienceMs = 8000
const againMs = 50
/** How long an answer is waited for from one that leads no more. */
const graceMs = 500

const isRead = ({ name }: Operation): boolean => ['list', 'inspect', 'unlockKey'].includes(name)

/** Carries out what clients ask of this manager: here where it leads, at who leads otherwise. */
export class Operator {
  constructor(
    private readonly seat: Seat,
    private readonly peers: Peers,
  ) {}

  /** What nobody can lead is read from what is known here; writes are refused. */
  operate(operation: Operation): Promise<unknown> {
    return this.#led(
      operation,
      (operations) => apply(operations, operation),
      (address, signal) => this.peers.at(address).operate(operation, signal),
    )
  }

  logs(noun: 'services' | 'tasks', ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream> {
    const operation = { noun, name: 'logs', args: [ref, options] }
    return this.#led(
      operation,
      (operations) => operations[noun].logs(ref, options, signal),
      (address) => this.peers.at(address).logs(operation, signal),
    )
  }

  async #led<T>(
    operation: Operation,
    here: (operations: Operations) => Promise<T>,
    there: (address: string, reign: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (const end = Date.now() + patienceMs; ;) {
      const { leading, leader, reign } = this.seat
      try {
        if (leading) return await here(leading)
        if (leader !== undefined) return await whileReigning(reign, (signal) => there(leader, signal))
      } catch (error) {
        const isLost = error === lost || (error instanceof EssaimError && error.code === 'rpc.unreachable')
        if (isLost ? !isRead(operation) : !isUndone(error)) throw isLost ? leaderLost() : error
      }
      const isOver = Date.now() > end
      if (isOver || !(await this.seat.hasQuorum())) {
        const { known } = this.seat
        if (known && isRead(operation)) return leaderless(await here(known))
        if (isOver || !isRead(operation)) throw noLeader()
      }
      await this.seat.changed(againMs)
    }
  }
}

/** Nodes as they are known where nobody leads: who did is not told, nor who could. */
function leaderless<T>(answer: T): T {
  if (!Array.isArray(answer)) return answer
  return answer.map((each: { ManagerStatus?: ManagerStatus }) =>
    each.ManagerStatus
      ? { ...each, ManagerStatus: { ...each.ManagerStatus, Leader: false, Reachability: 'unknown' } }
      : each,
  ) as T
}

/** The same, asked by another manager of the one that leads. */
export function operateHere(operations: Operations, operation: Operation): Promise<unknown> {
  return apply(operations, operation)
}

async function apply(operations: Operations, { noun, name, args }: Operation): Promise<unknown> {
  const target: unknown = nouns.includes(noun as Noun) ? operations[noun as Noun] : undefined
  const operation: unknown = target === undefined ? undefined : Reflect.get(target as object, name)
  if (typeof operation !== 'function') throw new TypeError(`no operation ${noun}.${name}`)
  return (await Reflect.apply(operation, target, args)) as unknown
}

/** Nothing was done: another one may be asked. */
function isUndone(error: unknown): boolean {
  if (error instanceof NotLeader) return true
  return error instanceof EssaimError && ['store.deposed', 'store.closed', 'rpc.not-connected'].includes(error.code)
}

/** Why an answer is not waited for any longer. */
const lost = new Error('the one that was asked leads no more')

/** The answer, as long as the one that was asked leads, and a little longer: what it finished comes. */
async function whileReigning<T>(reign: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => void (timer = setTimeout(() => over.abort(lost), graceMs))
  reign.addEventListener('abort', onAbort, { once: true })
  if (reign.aborted) onAbort()
  try {
    return await ask(over.signal)
  } finally {
    clearTimeout(timer)
    reign.removeEventListener('abort', onAbort)
  }
}
