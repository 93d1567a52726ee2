import { Gate, messageOf, type KeyedLock, type Logger } from '@essaim/base'
import type { ClusterStates } from '../cluster/states.js'
import type { Namespaces } from '../kernel/namespace.js'
import type { SandboxRecord } from '../records.js'
import type { Registry } from '../registry.js'
import { insideRules } from '../rules/inside.js'
import { nameServerOf } from './hidden.js'

/** A replacement waits for the kernel more than it computes; so many at once keep two cores busy. */
const parallel = 4

/** Keeps the rules inside the containers' namespaces equal to the services that they see. */
export class InsideTables {
  readonly #applied = new Map<string, string>()
  readonly #gate = new Gate(parallel)

  constructor(
    private readonly registry: Registry,
    private readonly states: ClusterStates,
    private readonly locks: KeyedLock,
    private readonly namespaces: Namespaces,
    private readonly logger: Logger,
  ) {}

  /** The rules as they should be now. */
  wanted(record: SandboxRecord): string {
    const services = this.states.servicesOf(record)
    return insideRules({ dns: this.dnsOf(record), services })
  }

  dnsOf(record: SandboxRecord): string | undefined {
    return nameServerOf(record.endpoints, (id) => this.registry.network(id))
  }

  /** Told by who set the namespace up. */
  applied(containerId: string, rules: string): void {
    this.#applied.set(containerId, rules)
  }

  forget(containerId: string): void {
    this.#applied.delete(containerId)
  }

  /** Each container's rules in one transaction, where they differ. */
  async refresh(containerIds: string[]): Promise<void> {
    const differ = containerIds.filter((id) => {
      const record = this.registry.sandbox(id)
      return record?.mode === 'own' && this.wanted(record) !== this.#applied.get(id)
    })
    await Promise.all(differ.map((id) => this.#gate.run(() => this.locks.run(id, () => this.update(id)))))
  }

  /** For a caller that holds the container's lock. A namespace that is just going away is no error. */
  async update(containerId: string): Promise<void> {
    const record = this.registry.sandbox(containerId)
    if (!record || record.mode !== 'own') return
    const rules = this.wanted(record)
    if (rules === this.#applied.get(containerId)) return
    // Without any rule left the table stays, empty: conntrack must not be switched off.
    try {
      await this.namespaces.enter(containerId, { rules: rules === '' ? 'flush ruleset ip\n' : rules })
      this.#applied.set(containerId, rules)
    } catch (error) {
      this.#applied.delete(containerId)
      this.logger.error('rules inside a container were not updated', {
        container: containerId,
        error: messageOf(error),
      })
    }
  }
}
